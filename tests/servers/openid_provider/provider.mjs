// A provider of OpenID Connect that others wrote, with one client: node provider.mjs MODULE PORT CLIENT
import { generateKeyPairSync, randomBytes } from 'node:crypto';

const [module, port, client] = process.argv.slice(2);
const { default: Provider } = await import(module);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'RS256' };

// Whoever signs in is the address that they type.
const claims = (email) => ({ sub: email, name: 'Anna Petrova', email, email_verified: true });
const provider = new Provider(`http://127.0.0.1:${port}`, {
  claims: { email: ['email', 'email_verified'], profile: ['name'] },
  clients: [JSON.parse(client)],
  cookies: { keys: [randomBytes(32).toString('hex')] },
  findAccount: (_context, email) => ({ accountId: email, claims: () => claims(email) }),
  jwks: { keys: [key] },
});
provider.listen(Number(port), '127.0.0.1');
