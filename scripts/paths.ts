import { fileURLToPath } from "node:url";

/** The project's own directory, wherever a script is called from. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
