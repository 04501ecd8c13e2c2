// A link inside the page: the server's `url` fields and our own paths alike. Opens without loading the page again.
import { useRouter } from '@tanstack/react-router';
import { outside } from '../api/prefix';
import type { AnchorHTMLAttributes, MouseEvent } from 'react';

type Props = AnchorHTMLAttributes<HTMLAnchorElement> & { href: string; replace?: boolean };

export function Go({ href, replace, onClick, ...rest }: Props) {
  const router = useRouter();
  const go = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !plain || rest.target) return;
    event.preventDefault();
    if (replace) router.history.replace(href);
    else router.history.push(href);
  };
  return <a href={outside(href)} onClick={go} {...rest} />;
}
