import {
  Kind,
  parse,
  type DocumentNode,
  type FieldNode,
  type ObjectTypeDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type TypeNode,
} from "graphql";

/** What graph-node's scalars are in TypeScript. */
const SCALARS: Record<string, string> = {
  BigInt: "string",
  Boolean: "boolean",
  Bytes: "Hex",
  ID: "Hex",
  Int: "number",
  String: "string",
};
/** How many entries graph-node answers where a query does not say. */
const DEFAULT_FIRST = 100;

/** What is known of a list within an answer. */
export type AnswerList = { path: string; first: number; paged: boolean };

export type AnswerType = {
  /** The TypeScript of the answer. */
  text: string;
  lists: AnswerList[];
  /** Fields at the top that do not say as of which block. */
  unpinned: FieldNode[];
};

/** Reads from the index's schema what the answer to a query looks like. */
export class AnswerTypes {
  /** Enumerations met, with their TypeScript. */
  readonly enums = new Map<string, string>();
  readonly #objects = new Map<string, ObjectTypeDefinitionNode>();
  readonly #values = new Map<string, string>();

  constructor(schema: DocumentNode) {
    for (const definition of schema.definitions) {
      if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) this.#objects.set(definition.name.value, definition);
      if (definition.kind === Kind.ENUM_TYPE_DEFINITION) {
        const values = definition.values!.map(({ name }) => JSON.stringify(name.value));
        this.#values.set(definition.name.value, values.join(" | "));
      }
    }
  }

  of(query: string): AnswerType {
    const operation = parse(query).definitions[0] as OperationDefinitionNode;
    const lists: AnswerList[] = [];
    const fields = operation.selectionSet.selections as readonly FieldNode[];
    const lines = fields.map((field) => {
      const { entity, many } = this.#entityOf(field.name.value);
      const name = nameOf(field);
      if (many) lists.push(listOf(field, name));
      const body = this.#objectOf(field.selectionSet!, entity, name, lists);
      return `${name}: ${many ? `${body}[]` : `${body} | null`}`;
    });
    return {
      text: `{ ${lines.join("; ")} }`,
      lists,
      unpinned: fields.filter((field) => !field.arguments!.some(({ name }) => name.value === "block")),
    };
  }

  /** graph-node names an entity's fields at the top by its name, singular and plural. */
  #entityOf(field: string): { entity: ObjectTypeDefinitionNode; many: boolean } {
    for (const [name, entity] of this.#objects) {
      const singular = `${name[0]!.toLowerCase()}${name.slice(1)}`;
      if (field === singular) return { entity, many: false };
      if ([`${singular}s`, `${singular}es`, singular.replace(/y$/, "ies")].includes(field)) {
        return { entity, many: true };
      }
    }
    throw new Error(`The index's schema has no entity for ${field}.`);
  }

  #objectOf(set: SelectionSetNode, entity: ObjectTypeDefinitionNode, path: string, lists: AnswerList[]): string {
    const lines = (set.selections as readonly FieldNode[]).map((field) => {
      const declared = entity.fields!.find(({ name }) => name.value === field.name.value);
      if (declared === undefined) throw new Error(`${entity.name.value} has no field ${field.name.value}.`);
      return `${nameOf(field)}: ${this.#valueOf(declared.type, field, `${path}.${nameOf(field)}`, lists)}`;
    });
    return `{ ${lines.join("; ")} }`;
  }

  #valueOf(type: TypeNode, field: FieldNode, path: string, lists: AnswerList[]): string {
    if (type.kind !== Kind.NON_NULL_TYPE)
      return `${this.#valueOf({ kind: Kind.NON_NULL_TYPE, type }, field, path, lists)} | null`;
    if (type.type.kind === Kind.LIST_TYPE) {
      if (field.selectionSet !== undefined) lists.push(listOf(field, path));
      const item = this.#valueOf(type.type.type, field, path, lists);
      return item.includes(" | ") && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
    }
    const name = type.type.name.value;
    const values = this.#values.get(name);
    if (values !== undefined) this.enums.set(name, values);
    if (values !== undefined) return name;
    return SCALARS[name] ?? this.#objectOf(field.selectionSet!, this.#objects.get(name)!, path, lists);
  }
}

function nameOf(field: FieldNode): string {
  return (field.alias ?? field.name).value;
}

function listOf(field: FieldNode, path: string): AnswerList {
  const argument = (wanted: string) => field.arguments!.find(({ name }) => name.value === wanted)?.value;
  const first = argument("first");
  return {
    path,
    first: first?.kind === Kind.INT ? Number(first.value) : DEFAULT_FIRST,
    paged: argument("skip") !== undefined,
  };
}
