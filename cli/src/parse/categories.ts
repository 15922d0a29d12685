import { CATEGORIES, categoryNumber, labelOf, namesOf, type Category } from "@consilium/sdk";
import { UsageError } from "../errors.ts";

/** Categories by the names that a person gave. @throws UsageError if there is none of a name. */
export function categoriesOf(names: readonly string[]): Category[] {
  return names.map((name) => {
    const found = namesOf(CATEGORIES).find((one) => one === name);
    if (found !== undefined) return found;
    throw new UsageError(`There is no category ${name}.`, {
      mend: `Name of these: ${namesOf(CATEGORIES).join(", ")}.`,
    });
  });
}

/** Those of a mask as the contracts have it beside a policy word. */
export function categoriesIn(mask: number): Category[] {
  return namesOf(CATEGORIES).filter((name) => (mask >> categoryNumber(name)) & 1);
}

export function labelsOf(categories: readonly Category[]): string {
  return categories.map((name) => labelOf(CATEGORIES[name], "en")).join("; ");
}
