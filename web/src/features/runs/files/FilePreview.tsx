// What a file holds, as far as it can be shown: pictures as pictures, the beginning of text as text. Nothing of it is run.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { fileUrl } from '../../../api/client';
import { fileHeadQuery, FILE_HEAD } from '../../../api/queries';
import { bytes, grouped } from '../../../format/number';
import { S } from '../../../strings';
import { Loaded } from '../../../ui/Feedback';
import { Icon } from '../../../ui/Icon';
import { usePatchSearch } from '../../../ui/range';
import { kindOf, tableOf, type FileKind, type RunFile } from './files';

const PICTURE_MOST = 32 << 20;  // bytes that a browser is asked to draw
const TABLE = { rows: 100, columns: 40 };

export function FilePreview({ run, file }: { run: string; file: RunFile }) {
  const box = useRef<HTMLElement>(null);
  const patch = usePatchSearch();
  useEffect(() => {
    void box.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const kind = kindOf(file.path);
  return (
    <section ref={box} className="card file-preview" aria-label={S.files.preview(file.path)}>
      <div className="file-head">
        <h3 className="mono">{file.path}</h3>
        <a className="button" href={fileUrl(run, file.path)} download>
          {S.files.download} <span className="dim">{bytes(file.bytes)}</span>
        </a>
        <button type="button" className="quiet square" aria-label={S.files.close} onClick={() => patch({ file: undefined })}>
          <Icon name="close" />
        </button>
      </div>
      {kind !== 'picture' ? <Text run={run} file={file} kind={kind} /> : file.bytes > PICTURE_MOST ? <p className="dim">{S.files.tooLarge}</p> : <img className="file-picture" src={fileUrl(run, file.path)} alt={file.path} />}
    </section>
  );
}

function Text({ run, file, kind }: { run: string; file: RunFile; kind: FileKind }) {
  const head = useQuery(fileHeadQuery(run, file.path));
  if (file.bytes === 0) return <p className="dim">{S.files.empty}</p>;
  return (
    <Loaded query={head} height={200} lines={6}>
      {({ text }) => {
        if (text === null) return <p className="dim">{S.files.binary}</p>;
        const cut = file.bytes > FILE_HEAD;
        return (
          <>
            {kind === 'table' ? <Rows path={file.path} text={text} cut={cut} /> : <pre className="mono file-text" tabIndex={0}>{kind === 'json' && !cut ? laidOut(text) : text}</pre>}
            {cut && <p className="dim">{S.files.head(bytes(FILE_HEAD), bytes(file.bytes))}</p>}
          </>
        );
      }}
    </Loaded>
  );
}

function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Rows({ path, text, cut }: { path: string; text: string; cut: boolean }) {
  const whole = cut ? text.slice(0, text.lastIndexOf('\n') + 1) : text;
  const [head = [], ...rows] = tableOf(whole, path.endsWith('.tsv') ? '\t' : ',', TABLE);
  const more = cut || rows.length === TABLE.rows;
  return (
    <>
      <div className="table-box scroll" tabIndex={0} role="group" aria-label={path}>
        <table className="table mono">
          <thead>
            <tr>
              {head.map((name, i) => (
                <th key={i} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i}>
                {row.map((cell, k) => (
                  <td key={k}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more && <p className="dim">{S.files.rows(grouped(rows.length))}</p>}
    </>
  );
}
