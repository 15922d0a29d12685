import { Kind, parse, print, visit, type FieldDefinitionNode } from "graphql";
import { EVENTS } from "./contracts.ts";

const NAMES = [...EVENTS.values()].flatMap((events) => [...events.keys()]);

/**
 * The schema without the logs of events that a case neither has nor asks for, as those make up most of its tables, and creating
 * them most of the time that a case takes. A mapping or query that needs one that is left out fails.
 *
 * @param testCase As `gnd test` reads it.
 */
export function trimSchema(schema: string, testCase: string): string {
  const words = new Set(testCase.match(/\w+/g));
  const emitted = NAMES.filter((name) => testCase.includes(name));

  const document = parse(schema);
  const types = document.definitions.filter((definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION);
  const asked = types.flatMap(({ fields = [] }) => fields.filter(({ name }) => words.has(name.value)).map(typeOf));
  const isNeeded = (log: string): boolean =>
    emitted.some((name) => log.endsWith(name)) ||
    asked.includes(log) ||
    testCase.toLowerCase().includes(log.toLowerCase());
  const left = types
    .filter(({ interfaces = [] }) => interfaces.some(({ name }) => name.value === "Event"))
    .map(({ name }) => name.value)
    .filter((log) => !isNeeded(log));
  return print(
    visit(document, {
      ObjectTypeDefinition: (type) => (left.includes(type.name.value) ? null : undefined),
      FieldDefinition: (field) => (left.includes(typeOf(field)) ? null : undefined),
    }),
  );
}

/** Of a field or of its items. */
function typeOf({ type }: FieldDefinitionNode): string {
  return /\w+/.exec(print(type))![0];
}
