// Audit lines as bytes: events go in, JSON Lines come out.
// Must not write anywhere, read a clock or use Foundation.

/// Lines that wait to be written: a buffer that grows by one JSON object per event and is used again and again.
///
/// Whoever owns one (an event loop, a session) appends what happened and hands it to ``AuditLog/write(_:)``, which
/// empties it. Appending allocates only while the buffer grows.
package struct AuditLines: Sendable {
    /// Complete lines, each with its line end.
    package internal(set) var bytes: [UInt8] = []
    /// How many lines there are.
    package private(set) var count = 0
    /// When the last event happened; the log's own lines carry it.
    private(set) var latest = AuditTime(seconds: 0, microseconds: 0)
    let limits: AuditLimits
    var stamp = TimeStamp()

    package init(limits: AuditLimits = AuditLimits()) {
        self.limits = limits
    }

    package var isEmpty: Bool { count == 0 }

    /// Adds one event.
    package mutating func append(_ event: AuditEvent, at time: AuditTime) {
        latest = time
        count += 1
        open(event: event.name, at: time)
        encode(event)
        close()
    }

    /// Forgets the lines and keeps the buffer.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        count = 0
    }
}

extension AuditLines {
    /// Begins an object with what every line has.
    mutating func open(event name: String, at time: AuditTime) {
        bytes.append(contentsOf: #"{"v":1,"time":""#.utf8)
        stamp.append(time, to: &bytes)
        bytes.append(contentsOf: #"","event":""#.utf8)
        bytes.append(contentsOf: name.utf8)
        bytes.append(Self.quote)
    }

    /// Ends an object and its line.
    mutating func close() {
        bytes.append(UInt8(ascii: "}"))
        bytes.append(UInt8(ascii: "\n"))
    }
}
