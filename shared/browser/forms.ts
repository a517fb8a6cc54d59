import { type HTMLElement, parse } from 'node-html-parser';
import type { Button, Enctype, Entry, Form, Page, Submission } from './types';

/** Elements that contain text and no markup. */
const blockTextElements = { script: true, noscript: true, style: true, pre: true, textarea: true };

/** The page as a document, for its forms and links. */
export const documentOf = ({ body }: Page): HTMLElement => parse(body, { blockTextElements });

/** The page's forms, with what they send unchanged. */
export function forms(page: Page): Form[] {
  const document = documentOf(page);
  const base = baseOf(page, document);
  return document
    .querySelectorAll('form')
    .map((form) => new FormOnPage(page, base, controlsOf(document, form), form));
}

/** The base of relative addresses (HTML, section 4.2.3). */
export function baseOf(page: Page, document: HTMLElement): URL {
  const href = document.querySelector('base[href]')?.getAttribute('href') ?? '';
  return URL.canParse(href, page.url) ? new URL(href, page.url) : page.url;
}

/** The controls of a form in the order of the page: inside of it, or by their attribute form. */
function controlsOf(document: HTMLElement, form: HTMLElement): HTMLElement[] {
  const id = form.getAttribute('id');
  return document.querySelectorAll('input, button, select, textarea').filter((control) => {
    const named = control.getAttribute('form');
    return named === undefined ? control.closest('form') === form : named !== '' && named === id;
  });
}

class FormOnPage implements Form {
  readonly action: URL;
  readonly method: Form['method'];
  readonly enctype: Enctype;
  readonly fields: Record<string, string>;
  readonly buttons: Button[];
  readonly hasPassword: boolean;
  readonly #elements = new Map<Button, HTMLElement>();

  constructor(
    private readonly page: Page,
    private readonly base: URL,
    private readonly controls: readonly HTMLElement[],
    form: HTMLElement,
  ) {
    this.action = this.#address(form.getAttribute('action'));
    this.method = methodOf(form.getAttribute('method'));
    this.enctype = enctypeOf(form.getAttribute('enctype'));
    for (const control of controls) {
      if (!isSubmit(control) || isDisabled(control)) continue;
      const [name, value = ''] = ['name', 'value'].map((key) => control.getAttribute(key));
      const button = { name, value, text: control.text.trim(), id: control.getAttribute('id') };
      this.#elements.set(button, control);
    }
    this.buttons = [...this.#elements.keys()];
    this.fields = Object.fromEntries(
      this.#entries(new Map(), undefined).map(([name, value]) => [name, value]),
    );
    this.hasPassword = controls.some((control) => typeOf(control) === 'password');
  }

  submission(values: Record<string, string>, button: Button | undefined): Submission {
    const pressed = button && this.#elements.get(button);
    const [action, method, enctype] = ['formaction', 'formmethod', 'formenctype'].map((name) =>
      pressed?.getAttribute(name),
    );
    return {
      action: action ? this.#address(action) : new URL(this.action),
      method: method === undefined ? this.method : methodOf(method),
      enctype: enctype === undefined ? this.enctype : enctypeOf(enctype),
      entries: this.#entries(new Map(Object.entries(values)), pressed),
    };
  }

  /** @param values what a person filled in. A name is sent once; names that the page lacks are sent last. */
  #entries(values: ReadonlyMap<string, string>, pressed: HTMLElement | undefined): Entry[] {
    const rest = new Map(values);
    const entries: Entry[] = [];
    for (const control of this.controls) {
      const name = control.getAttribute('name') ?? '';
      if (isDisabled(control)) {
        rest.delete(name);
        continue;
      }
      if (isButton(control) || !values.has(name)) entries.push(...entriesOf(control, name, pressed));
      else if (rest.has(name)) {
        entries.push([name, values.get(name) ?? '']);
        rest.delete(name);
      }
      if (control === pressed) rest.delete(name);
    }
    return [...entries, ...rest];
  }

  #address(action: string | undefined): URL {
    const written = action?.trim();
    return written ? new URL(written, this.base) : new URL(this.page.url);
  }
}

/** What one control sends (HTML, section 4.10.21.4). */
function entriesOf(control: HTMLElement, name: string, pressed: HTMLElement | undefined): Entry[] {
  if (name === '') return [];
  const value = control.getAttribute('value');
  if (control.tagName === 'SELECT') return chosen(control).map((option) => [name, option]);
  // HTML drops a line break after the opening tag.
  if (control.tagName === 'TEXTAREA') return [[name, control.text.replace(/^\r?\n/, '')]];
  if (isButton(control)) return control === pressed ? [[name, value ?? '']] : [];
  switch (typeOf(control)) {
    case 'checkbox':
    case 'radio':
      return control.hasAttribute('checked') ? [[name, value ?? 'on']] : [];
    case 'file':
      return [[name, '', 'file']];
    case 'hidden':
      return [[name, name.toLowerCase() === '_charset_' ? 'UTF-8' : (value ?? '')]];
    default:
      return [[name, value ?? '']];
  }
}

function chosen(select: HTMLElement): string[] {
  const multiple = select.hasAttribute('multiple');
  const options = select.querySelectorAll('option');
  let selected = options.filter((option) => option.hasAttribute('selected'));
  if (!multiple) selected = selected.slice(-1);
  const size = Number(select.getAttribute('size') ?? (multiple ? 4 : 1));
  if (selected.length === 0 && !multiple && size === 1)
    selected = options.filter((option) => !isOff(option)).slice(0, 1);
  return selected
    .filter((option) => !isOff(option))
    .map((option) => option.getAttribute('value') ?? option.text.replace(/\s+/g, ' ').trim());
}

const isOff = (option: HTMLElement): boolean =>
  option.hasAttribute('disabled') || option.closest('optgroup')?.hasAttribute('disabled') === true;

/** By itself, or by a fieldset around it unless it is in its legend (HTML, section 4.10.18.5). */
function isDisabled(control: HTMLElement): boolean {
  if (control.hasAttribute('disabled')) return true;
  for (let inner = control; inner.parentNode; inner = inner.parentNode) {
    const around = inner.parentNode;
    if (around.tagName !== 'FIELDSET' || !around.hasAttribute('disabled')) continue;
    if (around.children.find(({ tagName }) => tagName === 'LEGEND') !== inner) return true;
  }
  return false;
}

const typeOf = (control: HTMLElement): string =>
  (control.getAttribute('type') ?? (control.tagName === 'BUTTON' ? 'submit' : 'text')).toLowerCase();

const isSubmit = (control: HTMLElement): boolean =>
  control.tagName === 'BUTTON'
    ? !['button', 'reset'].includes(typeOf(control))
    : control.tagName === 'INPUT' && typeOf(control) === 'submit';

const isButton = (control: HTMLElement): boolean =>
  control.tagName === 'BUTTON' || ['submit', 'button', 'reset', 'image'].includes(typeOf(control));

const methodOf = (method: string | undefined): Form['method'] =>
  method?.toLowerCase() === 'post' ? 'POST' : 'GET';

function enctypeOf(enctype: string | undefined): Enctype {
  const written = enctype?.toLowerCase();
  return written === 'multipart/form-data' || written === 'text/plain'
    ? written
    : 'application/x-www-form-urlencoded';
}
