import path from 'node:path';
import { Marked, type Token, type Tokens } from 'marked';
import { ROOT } from '../../lib/places';
import { type FoldKind, foldId } from '../../workshop/task-times';
import { escapeHtml, pictureIn } from './diagram';
import { highlighted } from './highlight';

/** A part of a lesson: the text of a task, the place of the questions, or the text between. */
export interface Part {
  html: string;
  task?: string;
  /** The sections *Break it* of a task, which follow its state and its hints. */
  breakIt?: string;
  /** The page asks the questions here. */
  questions?: true;
}

export interface Lesson {
  parts: Part[];
  /** For the table of contents. */
  headings: { id: string; text: string }[];
  /** The ids of the tasks' folds. */
  folds: Set<string>;
}

export interface LessonOptions {
  /** The lesson's file, relative to the repository. */
  file: string;
  /** The repository's address, for links to files that are no lesson. */
  home: string;
}

/** A lesson's Markdown as HTML, with pictures, coloured code, and links to the guide's pages. */
export function renderLesson(text: string, options: LessonOptions): Lesson {
  const headings: Lesson['headings'] = [];
  const marked = parser(options, headings);
  const tokens = marked.lexer(text);
  addPictures(tokens, text, path.join(ROOT, path.dirname(options.file)));
  const parts: Part[] = [];
  const folds = new Set<string>();
  for (const group of sections(tokens)) {
    const [first] = group;
    const heading = first?.type === 'heading' ? (first as Tokens.Heading) : undefined;
    const task = heading?.depth === 3 ? /^(\d+\.\d+) /.exec(heading.text)?.[1] : undefined;
    for (const id of nameFolds(group, task)) folds.add(id);
    if (task !== undefined) {
      const at = group.findIndex(
        (token) => token.type === 'heading' && (token as Tokens.Heading).depth === 4,
      );
      const [text, breakIt] = at < 0 ? [group, []] : [group.slice(0, at), group.slice(at)];
      parts.push({ html: marked.parser(text), task, breakIt: marked.parser(breakIt) });
      continue;
    }
    const html = marked.parser(group);
    if (heading?.text === 'Check yourself') parts.push({ html: '', questions: true });
    else if (heading?.text === 'The files') parts.push({ html: folded(html) });
    else parts.push({ html });
  }
  return { parts, headings, folds };
}

/** Each group begins with a heading of depth two or three. */
function sections(tokens: Token[]): Token[][] {
  const groups: Token[][] = [[]];
  for (const token of tokens) {
    const begins = token.type === 'heading' && [2, 3].includes((token as Tokens.Heading).depth);
    if (begins) groups.push([]);
    groups.at(-1)?.push(token);
  }
  return groups.filter((group) => group.length > 0);
}

/** Marks the folds, and gives those of a task the ids by which the page reports that one was opened. */
function nameFolds(tokens: Token[], task?: string): string[] {
  const counts: Record<FoldKind, number> = { lines: 0, outcome: 0 };
  return tokens.flatMap((token) => {
    if (token.type !== 'html' || !token.raw.startsWith('<details>')) return [];
    // Whoever opens a change to make has opened no answer.
    const counted = task !== undefined && !token.raw.includes(CHANGE);
    const kind = token.raw.includes(OUTCOME) ? 'outcome' : 'lines';
    if (counted) counts[kind] += 1;
    const ids = counted ? [foldId(task, kind, counts[kind])] : [];
    const data = ids.map((id) => ` data-fold="${id}"`).join('');
    const html = token as Tokens.HTML;
    html.text = html.text.replace('<details>', `<details class="fold"${data}>`);
    return ids;
  });
}

/** The summaries of the folds under *Break it*. */
const CHANGE = '<summary>The change: open it after you finish the task</summary>';
const OUTCOME = '<summary>What happens</summary>';

/** The table of files is long and rarely needed. */
const folded = (html: string) =>
  html.replace(
    /(<h2[^>]*>[\s\S]*?<\/h2>)([\s\S]*)/,
    '$1<details><summary>Which file comes from which step</summary>$2</details>',
  );

/** Puts the pictures in the place of the diagrams. If one is missing, the page shows the diagram's text. */
function addPictures(tokens: Token[], text: string, folder: string): void {
  const title = /^# (.*)$/m.exec(text)?.[1] ?? 'the lesson';
  for (const token of tokens) {
    if (token.type !== 'code' || (token as Tokens.Code).lang !== 'mermaid') continue;
    const code = token as Tokens.Code & { svg?: string | undefined };
    const what = code.text.startsWith('flowchart') ? 'What runs at the end of' : 'The messages of';
    code.svg = pictureIn(folder, code.text, `${what} ${title}: ${inWords(code.text)}`);
  }
}

/** "Browser to App: GET /login. App to Browser: 303." */
function inWords(mermaid: string): string {
  const messages = [...mermaid.matchAll(/^\s*(\w+)-{1,2}>>(\w+): (.*)$/gm)];
  const connections = [...mermaid.matchAll(/^\s*(\w+) -\.?->\|"(.*)"\| (\w+)$/gm)];
  return [...messages, ...connections.map(([all, from, what, to]) => [all, from, to, what])]
    .map(([, from, to, what]) => `${from} to ${to}: ${what}.`)
    .join(' ');
}

function parser({ file, home }: LessonOptions, headings: Lesson['headings']): Marked {
  const marked = new Marked({ gfm: true });
  let tables = 0;
  marked.use({
    renderer: {
      heading({ tokens, depth, text }) {
        // As GitHub names it, so that a link to a heading leads there in both.
        const id = text
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .trim()
          .replace(/\s/g, '-');
        if (depth === 2) headings.push({ id, text });
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      code(token) {
        const { svg } = token as Tokens.Code & { svg?: string };
        if (svg)
          return `<figure class="scroll" tabindex="0" aria-label="Diagram">${svg}<figcaption>Scroll sideways to see all of it.</figcaption></figure>\n`;
        const [lang = '', ...about] = (token.lang ?? '').split(' ');
        const of = captionOf(about);
        const label = of ?? (lang === 'sh' ? 'at the shell' : lang === 'text' ? 'what it prints' : lang);
        const caption = of ? `<figcaption>${escapeHtml(of)}</figcaption>` : '';
        return `<figure class="code ${escapeHtml(lang)}">${caption}<pre tabindex="0" aria-label="${escapeHtml(label || 'code')}"><code>${highlighted(token.text, lang)}</code></pre></figure>\n`;
      },
      link({ href, tokens }) {
        // An example's e-mail address is no link.
        if (href.startsWith('mailto:')) return this.parser.parseInline(tokens);
        const to = target(href, file, home);
        const rel = /^https?:/.test(to) ? ' target="_blank" rel="noopener noreferrer"' : '';
        return `<a href="${escapeHtml(to)}"${rel}>${this.parser.parseInline(tokens)}</a>`;
      },
      table(token) {
        const html = tableOf(token, (cell) => this.parser.parseInline(cell));
        tables += 1;
        // Screen readers distinguish the regions of a page by their names.
        const names = token.header.flatMap(({ text }) => text.replace(/[`*]/g, '') || []).join(', ');
        const label = escapeHtml(`Table ${tables}: ${names}`);
        return `<div class="scroll" tabindex="0" role="region" aria-label="${label}">${html}</div>\n`;
      },
    },
  });
  return marked;
}

/** What a block of code is from: its file, and that it is no finished code where it is none. */
function captionOf(about: string[]): string | undefined {
  const [of = '', name = ''] = about.find((one) => one.includes('='))?.split('=') ?? [];
  return new Map([
    ['file', name],
    ['optional', name],
    ['skeleton', `${name}, to be filled in`],
    ['signatures', `functions of ${name}`],
    ['mistake', 'the change'],
  ]).get(of);
}

function tableOf({ header, rows }: Tokens.Table, inline: (tokens: Token[]) => string): string {
  const line = (cells: Tokens.TableCell[], name: string) =>
    `<tr>${cells.map(({ tokens }) => `<${name}>${inline(tokens)}</${name}>`).join('')}</tr>`;
  // The empty corner is no heading.
  return `<table><thead>${line(header, 'th').replace('<th></th>', '<td></td>')}</thead><tbody>${rows.map((row) => line(row, 'td')).join('')}</tbody></table>`;
}

/** The guide's address for a link of a Markdown file. */
export function target(href: string, file: string, home: string): string {
  if (/^(https?:|mailto:|#)/.test(href)) return href;
  const [to = '', hash] = href.split('#', 2);
  const at = path.posix.join(path.posix.dirname(file), to).replace(/\/$/, '');
  const suffix = hash === undefined ? '' : `#${hash}`;
  const step = /^steps\/([\w-]+)(?:\/README\.md)?$/.exec(at)?.[1];
  if (step) return `/steps/${step}${suffix}`;
  const document = /^docs\/([\w-]+)\.md$/.exec(at)?.[1];
  if (document) return `/docs/${document}${suffix}`;
  const app = /^steps\/([\w-]+)\/app\/(.+)$/.exec(at);
  if (app) return `/steps/${app[1]}/files/${app[2]}${suffix}`;
  return `${home}/blob/main/${at}${suffix}`;
}
