import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from '../../lab/child.ts';

/** Paths of a certificate and its key. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate authority, and the certificates that it has issued. */
export interface Certificates {
  readonly caFile: string;
  readonly server: Certificate;
  /** A client certificate without a common name, as etcd's gateway requires. */
  readonly client: Certificate;
  readonly clientWithName: Certificate;
  /** A server certificate for another address. */
  readonly elsewhere: Certificate;
}

/** Issues certificates for servers and clients on the loopback address. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const caFile = join(folder, 'ca.crt');
  const caKey = join(folder, 'ca.key');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-subj',
    '/CN=Test',
    '-days',
    '2',
    '-keyout',
    caKey,
    '-out',
    caFile,
  );

  const issue = async (name: string, subject: string, extensions: string): Promise<Certificate> => {
    const [certFile, keyFile, request, extensionFile] = ['crt', 'key', 'csr', 'ext'].map((ending) =>
      join(folder, `${name}.${ending}`),
    ) as [string, string, string, string];
    await writeFile(extensionFile, extensions);
    await openssl('req', ...newKey, '-subj', subject, '-keyout', keyFile, '-out', request);
    await openssl(
      ...['x509', '-req', '-in', request, '-CA', caFile, '-CAkey', caKey, '-CAcreateserial'],
      ...['-days', '2', '-extfile', extensionFile, '-out', certFile],
    );
    return { certFile, keyFile };
  };
  // The gateway is a client of its own server, with the server's certificate.
  const serverUsage = 'extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=';
  const clientUsage = 'extendedKeyUsage=clientAuth\n';
  return {
    caFile,
    server: await issue('server', '/O=etcd', `${serverUsage}IP:127.0.0.1,DNS:localhost\n`),
    client: await issue('client', '/O=ipvsadm', clientUsage),
    clientWithName: await issue('named', '/CN=lb1', clientUsage),
    elsewhere: await issue('elsewhere', '/O=etcd', `${serverUsage}IP:127.0.0.2,DNS:elsewhere\n`),
  };
}

function openssl(...args: string[]): Promise<string> {
  return output('openssl', args);
}
