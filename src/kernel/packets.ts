/**
 * Raw Ethernet frames, sent and received through a network interface (AF_PACKET).
 *
 * @module
 */
import { Capability } from "./capabilities.ts";
import type { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { checked, kernelError } from "./errors.ts";
import { Family, openSocket, receive, send, setOption, SocketType, waitReadable } from "./sockets.ts";
import { Layout, syscallWithBuffers, word } from "./syscall.ts";

/** `ETH_P_ALL` in network order, from the kernel's include/uapi/linux/if_ether.h. */
const allProtocols = 0x0300;
/** From include/uapi/linux/if_packet.h: `struct sockaddr_ll`, and the option that hides packets sent by this machine. */
const addressSize = 20;
const packetLevel = 263;
const ignoreOutgoing = 23;

/** A socket for raw frames of one interface. It stays in the network namespace where it was opened. */
export class PacketSocket {
  readonly #socket: Descriptor;

  /**
   * Opens a socket.
   *
   * @param index The interface, in the current network namespace.
   * @throws {EbpfError} `NotPermitted` without CAP_NET_RAW; `NoSuchInterface`.
   */
  constructor(index: number) {
    // Protocol 0 until it is bound: nothing from other interfaces gets in between.
    const socket = openSocket(Family.Packet, SocketType.Raw, 0, "packet socket", { needs: [Capability.CAP_NET_RAW] });
    this.#socket = socket;
    try {
      checked(setOption(socket, packetLevel, ignoreOutgoing, 1), "hide outgoing packets");
      const address = new Layout(addressSize).u16(0, Family.Packet).u16(2, allProtocols).u32(4, index);
      const bound = syscallWithBuffers("bind", word(socket.fd), address.bytes, word(addressSize));
      checked(bound, `open a packet socket on interface ${index}`);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /**
   * Sends a frame, Ethernet header included, checksum of the frame not.
   *
   * @throws {EbpfError} `SystemCallFailed`: ENETDOWN for an interface that is off, EMSGSIZE for a frame too long.
   */
  send(frame: Uint8Array): void {
    checked(send(this.#socket, frame), `send a frame of ${frame.length} bytes`);
  }

  /**
   * The next frame that came in, or `undefined` if none does in time. The thread sleeps meanwhile.
   *
   * @param milliseconds How long to wait at most; default 0.
   */
  receive(milliseconds = 0): Uint8Array<ArrayBuffer> | undefined {
    if (!waitReadable(this.#socket, milliseconds)) return undefined;
    const frame = receive(this.#socket);
    if (typeof frame !== "number") return frame;
    if (frame === -Errno.TryAgain) return undefined;
    throw kernelError("receive a frame", -frame);
  }

  /** Closes it. Closing again does nothing. */
  close(): void {
    this.#socket.close();
  }

  /** As `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
