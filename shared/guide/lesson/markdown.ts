import path from 'node:path';
import { Marked, type Token, type Tokens } from 'marked';
import { ROOT } from '../../lib/places';
import { escapeHtml, pictureIn } from './diagram';
import { highlighted } from './highlight';

/** A part of a lesson: the text of a task, the place of the questions, or the text between. */
export interface Part {
  html: string;
  task?: string;
  /** The page asks the questions here. */
  questions?: true;
}

export interface Lesson {
  parts: Part[];
  /** For the table of contents. */
  headings: { id: string; text: string }[];
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
  addPicture(tokens, text, path.join(ROOT, path.dirname(options.file)));
  const parts: Part[] = [];
  for (const group of sections(tokens)) {
    const [first] = group;
    const heading = first?.type === 'heading' ? (first as Tokens.Heading) : undefined;
    const task = heading?.depth === 3 ? /^(\d+\.\d+) /.exec(heading.text)?.[1] : undefined;
    const html = marked.parser(group);
    if (heading?.text === 'Check yourself') parts.push({ html: '', questions: true });
    else if (heading?.text === 'The files') parts.push({ html: folded(html) });
    else parts.push(task === undefined ? { html } : { html, task });
  }
  return { parts, headings };
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

/** The table of files is long and rarely needed. */
const folded = (html: string) =>
  html.replace(
    /(<h2[^>]*>[\s\S]*?<\/h2>)([\s\S]*)/,
    '$1<details><summary>Which file comes from which step</summary>$2</details>',
  );

/** A lesson has one diagram. If its picture is missing, the page shows the diagram's text. */
function addPicture(tokens: Token[], text: string, folder: string): void {
  const title = /^# (.*)$/m.exec(text)?.[1] ?? 'the lesson';
  for (const token of tokens) {
    if (token.type !== 'code' || (token as Tokens.Code).lang !== 'mermaid') continue;
    const code = token as Tokens.Code & { svg?: string | undefined };
    code.svg = pictureIn(folder, `The messages of ${title}: ${inWords(code.text)}`);
  }
}

/** "Browser to App: GET /login. App to Browser: 303." */
function inWords(mermaid: string): string {
  const arrows = [...mermaid.matchAll(/^\s*(\w+)-{1,2}>>(\w+): (.*)$/gm)];
  return arrows.map(([, from, to, what]) => `${from} to ${to}: ${what}.`).join(' ');
}

function parser({ file, home }: LessonOptions, headings: Lesson['headings']): Marked {
  const marked = new Marked({ gfm: true });
  let tables = 0;
  marked.use({
    renderer: {
      heading({ tokens, depth, text }) {
        const id = text
          .toLowerCase()
          .replace(/[^\w\s.-]/g, '')
          .trim()
          .replace(/[\s.]+/g, '-');
        if (depth === 2) headings.push({ id, text });
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      code(token) {
        const { svg } = token as Tokens.Code & { svg?: string };
        if (svg) return `<figure class="scroll" tabindex="0" aria-label="Diagram">${svg}</figure>\n`;
        const [lang = '', ...about] = (token.lang ?? '').split(' ');
        const of = about.find((one) => one.startsWith('file='))?.slice(5);
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
  const app = /^steps\/([\w-]+)\/app\/(.+)$/.exec(at);
  if (app) return `/steps/${app[1]}/files/${app[2]}${suffix}`;
  return `${home}/blob/main/${at}${suffix}`;
}
