import { ip } from './netns'

export type VethEnd = { readonly name: string; readonly index: number; readonly mac: Uint8Array }

/** A cable in this namespace, `near` to `far`, both ends up: what is sent on one arrives on the other. */
export function veth(): { readonly near: VethEnd; readonly far: VethEnd } {
  ip('link add near address 02:00:00:10:00:0a type veth peer name far address 02:00:00:10:00:0b')
  for (const name of ['near', 'far']) ip(`link set ${name} up`)
  return { near: end('near'), far: end('far') }
}

function end(name: string): VethEnd {
  const [link] = JSON.parse(ip(`-j link show ${name}`)) as readonly { readonly ifindex: number; readonly address: string }[]
  if (link === undefined) throw new Error(`no interface ${name}`)
  return { name, index: link.ifindex, mac: Uint8Array.from(Buffer.from(link.address.replaceAll(':', ''), 'hex')) }
}

/** Waits for real time to make something true; the bound only says that it ended. Only where the kernel is the other side. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited 20 s in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
