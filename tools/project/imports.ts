import { parseSync, Visitor } from 'vite';

/** Stands for an `import()` whose specifier is known at run time only. */
export const COMPUTED = '(computed)';

/**
 * What a TypeScript module imports, types included: the specifiers of its imports and re-exports, and of `import()` in
 * code and in types.
 * @throws when the source cannot be parsed
 */
export function importsOf(fileName: string, source: string): string[] {
  const { program, errors } = parseSync(fileName, source);
  const [error] = errors;
  if (error) throw new Error(`${fileName}: ${error.message}`);
  const found: string[] = [];
  new Visitor({
    ImportDeclaration: (node) => found.push(node.source.value),
    ExportAllDeclaration: (node) => found.push(node.source.value),
    ExportNamedDeclaration: (node) => node.source && found.push(node.source.value),
    TSImportType: (node) => found.push(node.source.value),
    ImportExpression: ({ source: specifier }) => {
      const known = specifier.type === 'Literal' && typeof specifier.value === 'string';
      found.push(known ? specifier.value : COMPUTED);
    },
  }).visit(program);
  return found;
}
