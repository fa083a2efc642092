// Lines on their way to systemd's journal, by its own protocol: https://systemd.io/JOURNAL_NATIVE_PROTOCOL
// Must not wait for it. Says `unsafe`, because sendmsg(2) takes pointers.

import CLinux
import Glibc
import SystemPackage

/// Sends an entry for each line.
package struct JournalSender: ~Copyable {
    private var socket: LogSocket

    init(path: String, limits: AuditLimits) {
        socket = LogSocket([SocketAddress(path: path)].compactMap(\.self), isStream: false, limits: limits)
    }

    mutating func write(_ bytes: [UInt8], from start: Int) -> (end: Int, failure: Errno?) {
        if let failure = socket.ready() { return (start, failure) }
        var position = start
        while position < bytes.count {
            let end = bytes.lineEnd(from: position)
            let entry = Self.entry(Array(bytes[position..<end - 1]))
            var failure = socket.send(entry).failure
            if failure == .messageTooLong || failure == .noBufferSpace { failure = sendFile(entry) }
            if let failure { return (position, failure) }
            position = end
        }
        return (position, nil)
    }

    /// The fields of a line: the line itself, and what `journalctl` is asked for.
    static func entry(_ line: [UInt8]) -> [UInt8] {
        let head = AuditLineHead(line[...])
        var entry: [UInt8] = []
        append("MESSAGE", line, &entry)
        append("PRIORITY", Array("\(AuditSeverity(event: head.event).rawValue)".utf8), &entry)
        append("SYSLOG_FACILITY", Array("\(Syslog.Facility.mail.code)".utf8), &entry)
        append("SYSLOG_IDENTIFIER", Array(SyslogMessages.name.utf8), &entry)
        guard let record = AuditRecord(line: line) else { return entry }
        for name in ["event", "session", "client", "user", "upstream", "verdict"] {
            guard let text = record.text(name) else { continue }
            append("POPSIEVE_\(name.uppercased())", Array(text.printable.utf8), &entry)
        }
        return entry
    }

    /// `NAME=value`, or, where the value has several lines, its length in between.
    private static func append(_ name: String, _ value: [UInt8], _ entry: inout [UInt8]) {
        entry += name.utf8
        if value.contains(UInt8(ascii: "\n")) {
            entry.append(UInt8(ascii: "\n"))
            entry += (0..<8).map { UInt8(truncatingIfNeeded: value.count >> (8 * $0)) }
        } else {
            entry.append(UInt8(ascii: "="))
        }
        entry += value
        entry.append(UInt8(ascii: "\n"))
    }

    /// What no datagram takes goes by a sealed file in memory.
    private mutating func sendFile(_ entry: [UInt8]) -> Errno? {
        let number = unsafe memfd_create("popsieve-audit", shim_MFD_CLOEXEC | shim_MFD_ALLOW_SEALING)
        guard number >= 0 else { return Errno(rawValue: errno) }
        let file = FileDescriptor(rawValue: number)
        defer { try? file.close() }
        guard let target = socket.number else { return .socketNotConnected }
        do {
            try file.writeAll(entry)
        } catch {
            return error as? Errno ?? .ioError
        }
        guard shim_seal(number) == 0, shim_send_file(target, number) == 0 else {
            let failure = Errno(rawValue: errno)
            socket.fail(failure)
            return failure
        }
        return nil
    }
}
