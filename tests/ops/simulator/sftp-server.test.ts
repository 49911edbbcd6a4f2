/** The simulated bank's SFTP door, seen through the client library that the gateway uses. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SftpClient from 'ssh2-sftp-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSshKeyPair } from '../../../crypto/keyring.ts'
import { type SftpServer, startSftpServer } from '../../../ops/simulator/sftp/sftp-server.ts'

const hostKeys = makeSshKeyPair()
const gatewayKeys = makeSshKeyPair()
const strangerKeys = makeSshKeyPair()

let folder: string
let root: string
let server: SftpServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'huida-sftp-'))
  root = join(folder, 'root')
  await mkdir(join(root, 'in'), { recursive: true })
  await mkdir(join(root, 'out'))
  await writeFile(join(folder, 'secret.txt'), 'outside the jail')
  server = await startSftpServer({
    host: '127.0.0.1',
    port: 0,
    root,
    hostKey: hostKeys.privateKeyPem,
    username: 'huida',
    authorizedKey: gatewayKeys.publicKeyLine,
  })
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function logIn(privateKey = gatewayKeys.privateKeyPem, username = 'huida'): Promise<SftpClient> {
  const client = new SftpClient('test', {
    error: () => undefined,
    end: () => undefined,
    close: () => undefined,
  })
  const sock = connect({ host: '127.0.0.1', port: server.port, noDelay: true })
  await client.connect({ sock, username, privateKey, retries: 0, authHandler: ['publickey'] })
  return client
}

async function withClient<T>(use: (client: SftpClient) => Promise<T>): Promise<T> {
  const client = await logIn()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

describe('login', () => {
  it('refuses a key that is not the gateway key', async () => {
    await expect(logIn(strangerKeys.privateKeyPem)).rejects.toThrow(/authentication/i)
  })

  it('refuses the right key under another account name', async () => {
    await expect(logIn(gatewayKeys.privateKeyPem, 'root')).rejects.toThrow(/authentication/i)
  })

  it('shows the host key of the bank, so that it can be pinned', async () => {
    const seen: Buffer[] = []
    const client = new SftpClient()
    await client.connect({
      host: '127.0.0.1',
      port: server.port,
      username: 'huida',
      privateKey: gatewayKeys.privateKeyPem,
      hostVerifier: (key: Buffer) => seen.push(key) > 0,
    })
    await client.end()
    expect(seen[0]?.toString('base64')).toBe(hostKeys.publicKeyLine.split(' ')[1])
  })
})

describe('the door', () => {
  it('outlives a caller that speaks no SSH, and one that hangs up at once', async () => {
    for (const words of ['GET / HTTP/1.1\r\n\r\n', '', 'SSH-2.0-odd\r\n\u0000\u0000\u0000\u0000'])
      await new Promise<void>((closed) => {
        const socket = connect({ host: '127.0.0.1', port: server.port }, () => void socket.end(words))
        socket.on('error', () => undefined).on('close', () => closed())
        socket.resume()
      })
    expect(await withClient((client) => client.exists('/in'))).toBe('d')
  })
})

describe('files', () => {
  it('keeps what was uploaded, byte for byte, and serves it back', async () => {
    const bytes = Buffer.alloc(3_000_001, 'data of no interest ')
    await withClient(async (client) => {
      await client.put(bytes, '/in/big.part')
      expect((await client.stat('/in/big.part')).size).toBe(bytes.length)
      const served = await client.get('/in/big.part')
      expect(Buffer.isBuffer(served) && bytes.equals(served)).toBe(true)
      await client.delete('/in/big.part')
      expect(await client.exists('/in/big.part')).toBe(false)
    })
  })

  it('lists a folder of several pages', async () => {
    await mkdir(join(root, 'out', 'many'))
    for (let n = 0; n < 250; n++) await writeFile(join(root, 'out', 'many', `file-${n}`), '')
    const listed = await withClient((client) => client.list('/out/many'))
    expect(new Set(listed.map((entry) => entry.name)).size).toBe(250)
    expect(listed.every((entry) => entry.type === '-')).toBe(true)
  })

  it('refuses to rename over a file that is there, and leaves both as they were', async () => {
    await withClient(async (client) => {
      await client.put(Buffer.from('first'), '/in/taken.txt')
      await client.put(Buffer.from('second'), '/in/taken.txt.part')
      await expect(client.rename('/in/taken.txt.part', '/in/taken.txt')).rejects.toMatchObject({ code: 4 })
      await expect(client.posixRename('/in/taken.txt.part', '/in/taken.txt')).rejects.toThrow()
    })
    expect(await readFile(join(root, 'in/taken.txt'), 'utf8')).toBe('first')
    expect(await readFile(join(root, 'in/taken.txt.part'), 'utf8')).toBe('second')
  })

  it('says no such file with the number that the protocol has for it', async () => {
    await withClient(async (client) => {
      await expect(client.rename('/in/nothing', '/in/something')).rejects.toMatchObject({ code: 2 })
    })
  })

  it('knows which file is still being written', async () => {
    const client = await logIn()
    const stream = client.createWriteStream('/in/slow.txt')
    await new Promise<void>((resolve) => stream.write('begun', () => resolve()))
    expect(server.isBeingWritten(join(root, 'in/slow.txt'))).toBe(true)
    await client.end()
    await expect.poll(() => server.isBeingWritten(join(root, 'in/slow.txt'))).toBe(false)
  })
})

describe('the jail', () => {
  it.each(['/../secret.txt', '/in/../../secret.txt', '../secret.txt', '/out/../../../etc/passwd'])(
    'refuses %s',
    async (path) => {
      await withClient(async (client) => {
        await expect(client.get(path)).rejects.toThrow(/leaves the folder|Permission/i)
      })
    },
  )

  it('does not follow a symbolic link out of the folder, and does not list it', async () => {
    await symlink(join(folder, 'secret.txt'), join(root, 'out', 'link.txt'))
    await symlink(folder, join(root, 'out', 'up'))
    await withClient(async (client) => {
      await expect(client.get('/out/link.txt')).rejects.toThrow(/not followed/)
      await expect(client.get('/out/up/secret.txt')).rejects.toThrow(/not followed/)
      await expect(client.put(Buffer.from('x'), '/out/up/new.txt')).rejects.toThrow(/not followed/)
      expect((await client.list('/out')).map((entry) => entry.name)).not.toContain('link.txt')
    })
  })

  it('stays usable after refusals', async () => {
    await withClient(async (client) => {
      await expect(client.rename('/in/../../secret.txt', '/in/mine.txt')).rejects.toThrow()
      expect(await client.exists('/in')).toBe('d')
    })
  })
})
