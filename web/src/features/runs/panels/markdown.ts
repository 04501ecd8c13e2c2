// The part of Markdown that notes need, as a tree: headings, paragraphs, lists, quotes, code, emphasis, links. Never as HTML: what looks
// like it is text.
export type Inline = { kind: 'text'; text: string } | { kind: 'code'; text: string } | { kind: 'strong'; children: Inline[] } | { kind: 'em'; children: Inline[] } | { kind: 'link'; href: string; children: Inline[] };
export type Block =
  | { kind: 'heading'; level: number; children: Inline[] }
  | { kind: 'text' | 'quote'; children: Inline[] }
  | { kind: 'list'; ordered: boolean; items: Inline[][] }
  | { kind: 'code'; text: string }
  | { kind: 'rule' };

const LINK = /^\[([^\]]*)\]\(([^)\s]+)\)/;
const SAFE = /^(https?:\/\/|\/(?!\/)|#|mailto:)/i;
const DEEPEST = 6;  // of emphasis within emphasis

export function inlines(text: string, depth = 0): Inline[] {
  const out: Inline[] = [];
  let plain = '';
  const flush = () => {
    if (plain) out.push({ kind: 'text', text: plain });
    plain = '';
  };
  for (let i = 0; i < text.length; ) {
    const rest = text.slice(i, i + 2000);
    const code = /^`([^`]+)`/.exec(rest);
    const strong = /^(\*\*|__)(?=\S)(.+?)\1/.exec(rest);
    const em = /^([*_])(?=\S)([^*_]+?)\1(?!\w)/.exec(rest);
    const link = LINK.exec(rest);
    const found = code ?? (depth < DEEPEST ? (strong ?? em ?? link) : null);
    if (!found || (em === found && /\w$/.test(plain))) {
      plain += text[i]!;
      i += 1;
      continue;
    }
    flush();
    if (found === code) out.push({ kind: 'code', text: code![1]! });
    else if (found === strong) out.push({ kind: 'strong', children: inlines(strong![2]!, depth + 1) });
    else if (found === em) out.push({ kind: 'em', children: inlines(em![2]!, depth + 1) });
    else out.push(SAFE.test(link![2]!) ? { kind: 'link', href: link![2]!, children: inlines(link![1]!, depth + 1) } : { kind: 'text', text: found[0] });
    i += found[0].length;
  }
  flush();
  return out;
}

const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;
const MOST_LINES = 2000;

export function blocks(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n').slice(0, MOST_LINES);
  const out: Block[] = [];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]!;
    const heading = /^(#{1,4})\s+(.*)$/.exec(line);
    const run = (holds: (l: string) => boolean) => {
      const from = i;
      while (i < lines.length && holds(lines[i]!)) i++;
      return lines.slice(from, i);
    };
    if (/^\s*$/.test(line)) i++;
    else if (line.startsWith('```')) {
      i++;
      const body = run((l) => !l.startsWith('```'));
      i++;
      out.push({ kind: 'code', text: body.join('\n') });
    } else if (heading) {
      out.push({ kind: 'heading', level: heading[1]!.length, children: inlines(heading[2]!) });
      i++;
    } else if (/^\s*(-{3,}|\*{3,})\s*$/.test(line)) {
      out.push({ kind: 'rule' });
      i++;
    } else if (ITEM.test(line)) {
      const ordered = ITEM.exec(line)![1] !== undefined;
      out.push({ kind: 'list', ordered, items: run((l) => ITEM.test(l)).map((l) => inlines(ITEM.exec(l)![2]!)) });
    } else if (line.startsWith('>')) out.push({ kind: 'quote', children: inlines(run((l) => l.startsWith('>')).map((l) => l.replace(/^>\s?/, '')).join(' ')) });
    else out.push({ kind: 'text', children: inlines(run((l) => !/^\s*$/.test(l) && !/^(#{1,4}\s|```|>)/.test(l) && !ITEM.test(l)).join(' ')) });
  }
  return out;
}
