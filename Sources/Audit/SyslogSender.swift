// Lines on their way to a syslog server.
// Must not wait for it, nor take a line for sent that went half into a connection that is lost.

import SystemPackage

/// Sends a message for each line.
package struct SyslogSender: ~Copyable {
    /// Octets of lines that are made ready at once.
    private static let portion = 64 * 1024

    private let messages: SyslogMessages
    private let isStream: Bool
    private var socket: LogSocket
    private var frames = LineFrames()
    private var generation = 0

    /// Asks DNS where the host is a name, and so may wait.
    init(_ syslog: Syslog, limits: AuditLimits) throws(SocketAddress.LookupError) {
        let addresses: [SocketAddress]
        switch syslog.transport {
        case .local(let path): addresses = [SocketAddress(path: path)].compactMap(\.self)
        case .udp(let host, let port), .tcp(let host, let port):
            addresses = try SocketAddress.resolve(host: host, port: port)
        }
        if case .tcp = syslog.transport { isStream = true } else { isStream = false }
        messages = SyslogMessages(syslog)
        socket = LogSocket(addresses, isStream: isStream, limits: limits)
    }

    mutating func write(_ bytes: [UInt8], from start: Int) -> (end: Int, failure: Errno?) {
        let failure = socket.ready()
        if generation != socket.generation { frames.removeAll() }
        generation = socket.generation
        if let failure { return (start, failure) }
        return isStream ? writeStream(bytes, from: start) : writeDatagrams(bytes, from: start)
    }

    private mutating func writeStream(_ bytes: [UInt8], from start: Int) -> (end: Int, failure: Errno?) {
        var position = start
        while position < bytes.count {
            if frames.isEmpty { fill(bytes, from: position) }
            let (end, failure) = socket.send(frames.bytes, from: frames.position)
            position += frames.advance(to: end).lines
            if let failure {
                frames.keepBegun()
                return (position, failure)
            }
        }
        return (position, nil)
    }

    /// Each with its length before it.
    private mutating func fill(_ bytes: [UInt8], from start: Int) {
        var position = start
        repeat {
            let end = bytes.lineEnd(from: position)
            let message = messages.message(bytes[position..<end - 1])
            frames.append(Array("\(message.count) ".utf8) + message, line: end - position)
            position = end
        } while position < min(bytes.count, start + Self.portion)
    }

    private mutating func writeDatagrams(_ bytes: [UInt8], from start: Int) -> (end: Int, failure: Errno?) {
        var position = start
        while position < bytes.count {
            let end = bytes.lineEnd(from: position)
            let line = bytes[position..<end - 1]
            var failure = socket.send(messages.message(line)).failure
            // No datagram takes it, ever; what it was is said all the same.
            if failure == .messageTooLong { failure = socket.send(messages.message(Self.shortened(line))).failure }
            if let failure { return (position, failure) }
            position = end
        }
        return (position, nil)
    }

    /// A line that says when what happened, and how many octets are left out.
    private static func shortened(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let head = AuditLineHead(line)
        guard !head.event.isEmpty else { return [] }
        let beginning = line[..<(head.event.endIndex + 1)]
        return beginning + Array(#","octets_left_out":\#(line.endIndex - head.event.endIndex - 2)}"#.utf8)
    }
}
