// Octets on their way to the kernel, in order.
// Must not know why they are sent.

import NIOCore

/// What has been written to a connection and not been taken by the kernel.
struct SendQueue {
    private static let buffersAtOnce = 8

    /// Nearly always there is one buffer or none: it needs no other memory.
    private var first = ByteBuffer()
    private var others: [ByteBuffer] = []
    /// Octets that wait.
    private(set) var octets = 0

    var isEmpty: Bool { octets == 0 }

    mutating func append(_ buffer: ByteBuffer) {
        guard buffer.readableBytes > 0 else { return }
        if octets == 0 { first = buffer } else { others.append(buffer) }
        octets += buffer.readableBytes
    }

    /// Takes over what another one has, behind its own.
    mutating func append(allOf other: inout SendQueue) {
        guard other.octets > 0 else { return }
        if isEmpty { return swap(&self, &other) }
        append(other.first)
        for buffer in other.others { append(buffer) }
        other.removeAll()
    }

    mutating func removeAll() { self = SendQueue() }

    /// Hands it to the kernel.
    ///
    /// - Returns: `.wouldBlock` where something is left
    mutating func send(to socket: Socket) -> Socket.Outcome {
        while octets > 0 {
            let outcome =
                others.isEmpty ? socket.send(first) : socket.send([first] + others.prefix(Self.buffersAtOnce - 1))
            guard case .done(let count) = outcome else {
                compact()
                return outcome
            }
            remove(count)
        }
        return .done(0)
    }

    /// Takes all of it: small buffers gathered up to `size` octets, large ones as they are.
    mutating func takeRecords(of size: Int) -> [ByteBuffer] {
        guard octets > 0 else { return [] }
        defer { removeAll() }
        guard !others.isEmpty else { return [first] }
        var records: [ByteBuffer] = []
        var gathered = first
        for buffer in others {
            if gathered.readableBytes + buffer.readableBytes <= size {
                gathered.writeImmutableBuffer(buffer)
            } else {
                records.append(gathered)
                gathered = buffer
            }
        }
        records.append(gathered)
        return records
    }

    private mutating func remove(_ count: Int) {
        octets -= count
        var (left, taken) = (count, 0)
        while left >= first.readableBytes, taken < others.count {
            left -= first.readableBytes
            first = others[taken]
            taken += 1
        }
        first.moveReaderIndex(forwardBy: left)
        others.removeFirst(taken)
        if octets == 0 { removeAll() }
    }

    /// What has to wait must not hold the memory of all that was read with it.
    private mutating func compact() {
        first.compact()
        for index in others.indices { others[index].compact() }
    }
}

extension ByteBuffer {
    /// Moves to memory of its own what is little of the memory that it holds.
    package mutating func compact() {
        guard readableBytes > 0, storageCapacity > 1_024 + 4 * readableBytes else { return }
        var own = ByteBuffer()
        own.reserveCapacity(readableBytes)
        own.writeImmutableBuffer(self)
        self = own
    }
}
