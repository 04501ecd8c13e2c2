import { Fragment, useMemo } from 'react';
import { outside } from '../../../api/prefix';
import { blocks, type Block, type Inline } from './markdown';

export function Markdown({ text }: { text: string }) {
  const tree = useMemo(() => blocks(text), [text]);
  return (
    <div className="markdown">
      {tree.map((block, i) => (
        <BlockView key={i} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { block: Block }) {
  if (block.kind === 'rule') return <hr />;
  if (block.kind === 'code')
    return (
      <pre tabIndex={0}>
        <code>{block.text}</code>
      </pre>
    );
  if (block.kind === 'list') {
    const List = block.ordered ? 'ol' : 'ul';
    return (
      <List>
        {block.items.map((item, i) => (
          <li key={i}>
            <Text parts={item} />
          </li>
        ))}
      </List>
    );
  }
  // The page's own headings end at 3.
  if (block.kind === 'heading')
    return (
      <h4 className={`h-${block.level}`}>
        <Text parts={block.children} />
      </h4>
    );
  const Tag = block.kind === 'quote' ? 'blockquote' : 'p';
  return (
    <Tag>
      <Text parts={block.children} />
    </Tag>
  );
}

function Text({ parts }: { parts: Inline[] }) {
  return parts.map((part, i) => {
    if (part.kind === 'text') return <Fragment key={i}>{part.text}</Fragment>;
    if (part.kind === 'code') return <code key={i}>{part.text}</code>;
    if (part.kind === 'link')
      return (
        <a key={i} href={outside(part.href)} rel="noreferrer">
          <Text parts={part.children} />
        </a>
      );
    const Tag = part.kind;
    return (
      <Tag key={i}>
        <Text parts={part.children} />
      </Tag>
    );
  });
}
