import { Option } from "commander";

/** In which language it is said what a consent allows. */
export function localeOption(): Option {
  return new Option("--locale <language>", "language in which it is said what is allowed")
    .choices(["en", "zh"])
    .default("en");
}
