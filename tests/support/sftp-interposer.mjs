/**
 * Stands between OpenSSH's sshd and its real sftp-server and plays one weakness of a bank's server. It reads the
 * SFTP packets in clear, so a fault hits an exact request and not a guessed byte of the encrypted stream.
 * Usage: sftp-interposer.mjs BEHAVIOUR.json SFTP-SERVER; behaviours are the keys of `behaviours` below.
 */
import { spawn } from 'node:child_process'
import { readFileSync, renameSync } from 'node:fs'

const [behaviourFile, serverPath] = process.argv.slice(2)
const behaviour = JSON.parse(readFileSync(behaviourFile, 'utf8'))
const server = spawn(serverPath, [], { stdio: ['pipe', 'pipe', 'inherit'] })
server.on('exit', (code) => process.exit(code ?? 1))

const type = { init: 1, version: 2, open: 3, write: 6, rename: 18, status: 101 }
const ok = 0

/** Cuts a stream into whole SFTP packets (length, type, id, rest). */
function onPackets(stream, act) {
  let held = Buffer.alloc(0)
  stream.on('data', (data) => {
    held = Buffer.concat([held, data])
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const end = 4 + held.readUInt32BE(0)
      act(held.subarray(0, end))
      held = held.subarray(end)
    }
  })
}

function status(request, code) {
  const reply = Buffer.alloc(4 + 1 + 4 + 4 + 4 + 4)
  reply.writeUInt32BE(reply.length - 4, 0)
  reply[4] = type.status
  request.copy(reply, 5, 5, 9)
  reply.writeUInt32BE(code, 9)
  process.stdout.write(reply)
}

const toServer = (packet) => server.stdin.write(packet)
const hang = () => server.stdout.removeAllListeners('data')
let writtenBytes = 0
let renameId

/** Each takes a request packet and answers true when it has dealt with it. */
const behaviours = {
  /** The rename happens, its answer is lost, the connection ends. */
  loseRenameReply(packet) {
    if (packet[4] === type.rename) renameId = packet.readUInt32BE(5)
    return false
  },
  /** The rename request is swallowed and nothing is said any more. */
  swallowRename(packet) {
    if (packet[4] !== type.rename) return false
    hang()
    return true
  },
  /** Answers OK to writes beyond a number of bytes, without keeping them: a quota that lies. */
  keepBytes(packet, keepBytes) {
    if (packet[4] !== type.write) return false
    writtenBytes += packet.length
    if (writtenBytes <= keepBytes) return false
    status(packet, ok)
    return true
  },
  /** Answers one kind of request with a status: `refuse` 3 to `request` 18. */
  refuse(packet, code) {
    if (packet[4] !== behaviour.request) return false
    status(packet, code)
    return true
  },
  /** Renames, then says that it failed. */
  refuseAfterRename(packet, code) {
    if (packet[4] !== type.rename) return false
    const fromEnd = 13 + packet.readUInt32BE(9)
    renameSync(packet.subarray(13, fromEnd), packet.subarray(fromEnd + 4))
    status(packet, code)
    return true
  },
  /** Changes the last byte of every write, keeping the size. */
  flipByte(packet) {
    if (packet[4] === type.write) packet[packet.length - 1] ^= 1
    return false
  },
}

onPackets(process.stdin, (packet) => {
  const handled = Object.entries(behaviour).some(([name, value]) => behaviours[name]?.(packet, value))
  if (!handled) toServer(packet)
})

onPackets(server.stdout, (packet) => {
  if (renameId !== undefined && packet[4] === type.status && packet.readUInt32BE(5) === renameId)
    process.exit(1)
  process.stdout.write(packet)
})
process.stdin.on('end', () => server.stdin.end())
