/** Colours that beautiful-mermaid's SVG takes from the page: so light and dark come by themselves. */
const COLOURS = { bg: 'var(--card)', fg: 'var(--text)' };

/**
 * A mermaid diagram as SVG for a page with a strict content policy: nothing is fetched, no style stands in an attribute.
 *
 * @param text the diagram as mermaid.
 * @param label what it shows, for whoever does not see it.
 */
export async function drawSvg(text: string, label: string): Promise<string> {
  // It brings a layout engine, and is an ES module that require() does not find.
  const { renderMermaidSVG } = await import('beautiful-mermaid');
  const svg = renderMermaidSVG(text, COLOURS);
  const title = escapeHtml(label);
  return svg
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/ style="[^"]*"/g, '')
    .replace('<svg ', `<svg class="diagram" role="img" aria-label="${title}" `)
    .replace(/data-actor="(\w+)"/g, (all, name: string) => `${all} data-party="${name.toLowerCase()}"`);
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
