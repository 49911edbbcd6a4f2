/** A database of the demo's own on an external server, dropped at the end. */
import { randomBytes } from 'node:crypto'
import { openPool } from '../../gateway/store/pool.ts'

/** Creates it; the user of `serverUrl` needs the right to create databases. */
export async function demoDatabase(serverUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `huida_demo_${randomBytes(6).toString('hex')}`
  await onServer(serverUrl, `create database ${name} template template0 encoding 'UTF8'`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    url: url.toString(),
    drop: () => onServer(serverUrl, `drop database if exists ${name} with (force)`),
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const db = openPool(url, { max: 1, applicationName: 'huida-demo' })
  try {
    await db.query(statement)
  } finally {
    await db.close()
  }
}
