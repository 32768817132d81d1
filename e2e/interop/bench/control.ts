import { connect, type Socket } from 'node:net'

/** A lasting connection to BIRD's control socket, because a process for each question would take too long. */
export class Control {
  readonly #socket: Socket
  #text = ''
  #answered: ((answer: string) => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8').on('data', (text: string) => this.#hear(text))
  }

  static open(path: string): Promise<Control> {
    return new Promise((resolve, reject) => {
      const socket = connect(path).once('error', reject)
      const control = new Control(socket)
      control.#answered = () => resolve(control) // its greeting
    })
  }

  /** One question at a time. */
  ask(question: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve
      this.#socket.once('error', reject)
      this.#socket.write(`${question}\n`, () => this.#socket.removeListener('error', reject))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  /** The last line of an answer is the one whose code a space follows. */
  #hear(text: string): void {
    this.#text += text
    if (!/^\d{4} .*\n$/m.test(this.#text)) return
    const answer = this.#text
    this.#text = ''
    this.#answered?.(answer)
  }
}
