import ts from 'typescript';

export const OPERATORS = [
  'drop-statement',
  'drop-await',
  'drop-return',
  'drop-option',
  'drop-argument',
  'negate',
  'swap',
  'exchange',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** One change of a text. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** What one operator does to the code at one place. */
export interface Change {
  operator: Operator;
  /** The code that it concerns, in one line. */
  code: string;
  /** Where that is: the offset of its first character. */
  at: number;
  edits: Edit[];
}

/** A part of a file: offsets, the end not included. */
export interface Range {
  start: number;
  end: number;
}

/** Two variables of the same type. */
export type Pair = readonly [string, string];

export const parseSource = (file: string, text: string): ts.SourceFile =>
  ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);

/**
 * What the operators make of the code within some lines.
 *
 * @param pairs the variables that may be swapped there.
 */
export function changesIn(source: ts.SourceFile, range: Range, pairs: readonly Pair[]): Change[] {
  const changes: Change[] = [];
  const add: Add = (operator, node, ...edits) => {
    if (!isWithin(node, range)) return;
    changes.push({ operator, code: oneLine(node.getText()), at: node.getStart(), edits });
  };
  const visit = (node: ts.Node) => {
    mutate(node, add);
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const pair of pairs) changes.push(swap(source, range, pair));
  return changes;
}

const isWithin = (node: ts.Node, { start, end }: Range): boolean =>
  node.getStart() >= start && node.getEnd() <= end;

export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

type Add = (operator: Operator, node: ts.Node, ...edits: Edit[]) => void;

function mutate(node: ts.Node, add: Add): void {
  if (ts.isStatement(node) && !ts.isBlock(node)) {
    const lonely = !ts.isBlock(node.parent) && !ts.isSourceFile(node.parent);
    add('drop-statement', node, replaced(node, lonely ? '{}' : ''));
  }
  if (ts.isAwaitExpression(node)) add('drop-await', node, replaced(node, node.expression.getText()));
  if (ts.isReturnStatement(node) && node.expression)
    add('drop-return', node, replaced(node, `${node.expression.getText()};`));
  if (ts.isObjectLiteralExpression(node))
    for (const option of node.properties) add('drop-option', option, without(option, node.properties));
  // A list of scopes is such a list of options.
  if (ts.isArrayLiteralExpression(node))
    for (const element of node.elements) add('drop-option', element, without(element, node.elements));
  if (ts.isCallExpression(node) || ts.isNewExpression(node))
    for (const argument of node.arguments ?? [])
      add('drop-argument', argument, without(argument, node.arguments ?? []));
  const condition = conditionOf(node);
  if (condition) add('negate', condition, replaced(condition, `!(${condition.getText()})`));
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const and = kind === ts.SyntaxKind.AmpersandAmpersandToken;
    if (and || kind === ts.SyntaxKind.BarBarToken) {
      // In brackets, since || binds less than the && around it.
      const [left, right] = [node.left.getText(), node.right.getText()];
      add('exchange', node, replaced(node, `((${left}) ${and ? '||' : '&&'} (${right}))`));
    }
  }
}

function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node)) return node.expression;
  if (ts.isConditionalExpression(node)) return node.condition;
  // What a filter, a find or an every asks is a condition as well.
  const asks = ts.isCallExpression(node) && /\.(filter|find|some|every)$/.test(node.expression.getText());
  const [asked] = asks ? node.arguments : [];
  return asked && ts.isArrowFunction(asked) && !ts.isBlock(asked.body) ? asked.body : undefined;
}

const replaced = (node: ts.Node, text: string): Edit => ({
  start: node.getStart(),
  end: node.getEnd(),
  text,
});

/** Takes one of a list away, with its comma. */
function without(node: ts.Node, all: readonly ts.Node[]): Edit {
  const i = all.indexOf(node);
  const [before, after] = [all[i - 1], all[i + 1]];
  if (after) return { start: node.getStart(), end: after.getStart(), text: '' };
  return { start: before ? before.getEnd() : node.getStart(), end: node.getEnd(), text: '' };
}

/** Each of two variables takes the place of the other one wherever it is used. */
function swap(source: ts.SourceFile, range: Range, [a, b]: Pair): Change {
  const edits: Edit[] = [];
  for (const use of usesIn(source, range)) {
    if (use.text !== a && use.text !== b) continue;
    const other = use.text === a ? b : a;
    const short = ts.isShorthandPropertyAssignment(use.parent);
    edits.push(replaced(use, short ? `${use.text}: ${other}` : other));
  }
  return { operator: 'swap', code: `${a}, ${b}`, at: edits[0]?.start ?? range.start, edits };
}

/** Where variables are used, and not declared. */
export function usesIn(source: ts.SourceFile, range: Range): ts.Identifier[] {
  const uses: ts.Identifier[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node) && isWithin(node, range) && isUse(node)) uses.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return uses;
}

function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isVariableDeclaration(parent)) return parent.initializer === node;
  return !ts.isParameter(parent) && !ts.isTypeReferenceNode(parent) && !ts.isBindingElement(parent);
}

export function applied(text: string, edits: readonly Edit[]): string {
  const last = [...edits].sort((a, b) => b.start - a.start);
  return last.reduce((all, { start, end, text: by }) => all.slice(0, start) + by + all.slice(end), text);
}
