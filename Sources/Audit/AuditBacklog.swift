// What the kernel has not taken yet, and the order in which it gets it.
// Must not be touched without the log's lock, nor hold more than its limit.

/// The writing side of an ``AuditLog``: a descriptor, and the lines that wait for it.
struct AuditBacklog: ~Copyable {
    /// What the operator knows; each is told once, until all is well again.
    private enum Told: Equatable {
        case nothing
        case delayed
        case losing
    }

    private static let lineEnd = UInt8(ascii: "\n")

    private var descriptor: Descriptor
    private let limit: Int
    /// Begins at a line's start; the bytes before `position` are written.
    private var waiting: [UInt8] = []
    private var position = 0
    /// Lines that did not fit into `waiting`, all of them after its last one.
    private var lost = 0
    /// Lines lost since the last time that nothing waited.
    private var lostInAll = 0
    private var told = Told.nothing
    private var latest = AuditTime(seconds: 0, microseconds: 0)

    /// A file that ends in half a line gets that line's end first, so that the next one stays whole.
    init(_ descriptor: consuming Descriptor, limit: Int, endsHalfLine: Bool) {
        self.descriptor = descriptor
        self.limit = limit
        if endsHalfLine { waiting = [Self.lineEnd] }
    }

    var isEmpty: Bool { waiting.isEmpty && lost == 0 }

    /// Writes what waits, then the lines, or as much of it as the kernel takes.
    mutating func write(_ lines: AuditLines) -> [AuditLog.Trouble] {
        latest = lines.latest
        var failure = drain()
        if failure == nil {
            let (end, refusal) = descriptor.write(lines.bytes, from: 0)
            failure = refusal
            if refusal != nil {
                waiting = lines.bytes
                position = end
                trim()
            }
        } else {
            keep(lines)
        }
        return news(failure)
    }

    /// Writes what waits.
    mutating func flush() -> [AuditLog.Trouble] {
        news(drain())
    }

    /// Goes on with another file; a line that the old one has only half goes whole into the new one.
    mutating func move(to fresh: consuming Descriptor, endsHalfLine: Bool) -> [AuditLog.Trouble] {
        _ = drain()
        position = lineStart
        descriptor = fresh
        if endsHalfLine { waiting.insert(Self.lineEnd, at: position) }
        return news(drain())
    }

    /// Writes what waits and then says how many lines were lost after it. Returns the error number if it can't.
    private mutating func drain() -> Int32? {
        while !isEmpty {
            let (end, failure) = descriptor.write(waiting, from: position)
            position = end
            if let failure { return failure }
            waiting.removeAll()
            position = 0
            if lost > 0 { waiting = lossLine() }
        }
        return nil
    }

    private mutating func lossLine() -> [UInt8] {
        var line = AuditLines()
        line.open(event: "audit_lost", at: latest)
        line.field("lines", lost)
        line.close()
        lost = 0
        return line.bytes
    }

    /// Once a line is lost, all that follow it are, until the loss itself is written: the order stays.
    private mutating func keep(_ lines: AuditLines) {
        guard lost == 0 else { return lose(lines.count) }
        waiting += lines.bytes
        trim()
    }

    /// Cuts what waits to the limit, at a line's start; the first line stays, it may be half written.
    private mutating func trim() {
        let start = lineStart
        if start > 0 {
            waiting.removeSubrange(..<start)
            position -= start
        }
        guard waiting.count > limit else { return }
        let firstEnd = (waiting.firstIndex(of: Self.lineEnd) ?? waiting.count - 1) + 1
        let fitting = (waiting[..<limit].lastIndex(of: Self.lineEnd) ?? -1) + 1
        let end = max(fitting, firstEnd)
        lose(waiting[end...].count { byte in byte == Self.lineEnd })
        waiting.removeSubrange(end...)
    }

    private mutating func lose(_ lines: Int) {
        lost += lines
        lostInAll += lines
    }

    /// Where the line begins that is half written, or the next one to write.
    private var lineStart: Int {
        (waiting[..<position].lastIndex(of: Self.lineEnd) ?? -1) + 1
    }

    /// What the operator has to hear after an attempt to write that failed or not.
    private mutating func news(_ failure: Int32?) -> [AuditLog.Trouble] {
        guard let failure else {
            guard told != .nothing else { return [] }
            defer { (told, lostInAll) = (.nothing, 0) }
            return [.recovered(lost: lostInAll)]
        }
        var news: [AuditLog.Trouble] = []
        if told == .nothing {
            news.append(.delayed(reason: Descriptor.reason(failure)))
            told = .delayed
        }
        if told == .delayed, lost > 0 {
            news.append(.losing)
            told = .losing
        }
        return news
    }
}
