import { Kind, parse, parseValue, print, type ArgumentNode, type SelectionNode } from "graphql";

/** The query as of block `number`, in each of its first fields that names no block itself. */
export function askAt(number: number, query: string): string {
  const block: ArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: "block" },
    value: parseValue(`{ number: ${number} }`),
  };
  const withBlock = (selection: SelectionNode): SelectionNode => {
    if (selection.kind !== Kind.FIELD) throw new Error(`A query's first selections must be fields: ${query}`);
    const given = selection.arguments ?? [];
    return given.some(({ name }) => name.value === "block")
      ? selection
      : { ...selection, arguments: [...given, block] };
  };

  const [operation] = parse(query).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`This is no query: ${query}`);
  const { selectionSet } = operation;
  const selections = selectionSet.selections.map(withBlock);
  return print({ ...operation, selectionSet: { ...selectionSet, selections } });
}
