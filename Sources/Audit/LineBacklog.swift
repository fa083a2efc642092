// What the kernel has not taken yet, and the order in which it gets it.
// Must not be touched without its owner's lock, nor hold more than its limit.

import SystemPackage

/// Lines on their way out, and those that wait for it. Never waits for a reader.
package struct LineBacklog: ~Copyable {
    /// What the operator has to be told by other means than the lines themselves.
    package enum Trouble: Sendable, Equatable {
        /// The kernel takes no lines, for this reason; they wait in memory.
        case delayed(reason: String)
        /// No more lines can wait: they are lost from here on.
        case losing
        /// All lines that waited are written; so many were lost.
        case recovered(lost: Int)
        /// The file is full and can't be rotated, for this reason; it grows.
        case growing(reason: String)
        /// It is rotated again.
        case rotated
    }

    /// What the operator knows; each is told once, until all is well again.
    private enum Told: Equatable {
        case nothing
        case delayed
        case losing
    }

    private static let lineEnd = UInt8(ascii: "\n")

    private var outlet: LineOutlet
    private let limit: Int
    /// The line that says how many are missing.
    private let lossLine: @Sendable (_ lost: Int, _ time: AuditTime) -> [UInt8]
    /// Begins at a line's start; the bytes before `position` are written.
    private var waiting: [UInt8] = []
    private var position = 0
    /// Lines that did not fit into `waiting`, all of them after its last one.
    private var lost = 0
    /// Lines lost since the last time that nothing waited.
    private var lostInAll = 0
    /// Lines lost since the start.
    private var lostEver = 0
    private var told = Told.nothing
    private var growsAsTold = false
    private var latest = AuditTime(seconds: 0, microseconds: 0)

    /// - Parameters:
    ///   - limit: octets that may wait
    ///   - lossLine: the line, with its end, that stands where lines are missing
    package init(
        _ outlet: consuming LineOutlet,
        limit: Int,
        lossLine: @escaping @Sendable (_ lost: Int, _ time: AuditTime) -> [UInt8]
    ) {
        // A file that ends in half a line gets that line's end first, so that the next one stays whole.
        if outlet.endsWithinLine { waiting = [Self.lineEnd] }
        self.outlet = outlet
        self.limit = limit
        self.lossLine = lossLine
    }

    package var isEmpty: Bool { waiting.isEmpty && lost == 0 }

    /// Lines that nobody will read if this is the end: those that were lost since the start, and those that still wait.
    package var missing: Int {
        guard position < waiting.count else { return lostEver }
        // Nothing but the end of somebody else's half line is no line of ours.
        return lostEver + waiting[position...].count { $0 == Self.lineEnd } - (waiting == [Self.lineEnd] ? 1 : 0)
    }

    /// Writes what waits, then the lines, or as much of it as the kernel takes.
    ///
    /// - Parameters:
    ///   - bytes: whole lines
    ///   - count: how many
    ///   - time: of the last one
    package mutating func write(_ bytes: [UInt8], count: Int, at time: AuditTime) -> [Trouble] {
        latest = time
        var failure = drain()
        if failure == nil {
            let (end, refusal) = outlet.write(bytes, from: 0)
            failure = refusal
            if refusal != nil {
                waiting = bytes
                position = end
                trim()
            }
        } else {
            keep(bytes, count)
        }
        return news(failure)
    }

    /// Writes what waits.
    package mutating func flush() -> [Trouble] {
        news(drain())
    }

    /// Goes on elsewhere; a line that the old outlet has only half goes whole into the new one.
    package mutating func move(to fresh: consuming LineOutlet) -> [Trouble] {
        _ = drain()
        position = lineStart
        if fresh.endsWithinLine { waiting.insert(Self.lineEnd, at: position) }
        fresh.follow(outlet)
        outlet = fresh
        return news(drain())
    }

    /// Writes what waits and then says how many lines were lost after it. Returns the error if it can't.
    private mutating func drain() -> Errno? {
        while !isEmpty {
            let (end, failure) = outlet.write(waiting, from: position)
            position = end
            if let failure { return failure }
            waiting.removeAll()
            position = 0
            if lost > 0 {
                waiting = lossLine(lost, latest)
                lost = 0
            }
        }
        return nil
    }

    /// Once a line is lost, all that follow it are, until the loss itself is written: the order stays.
    private mutating func keep(_ bytes: [UInt8], _ count: Int) {
        guard lost == 0 else { return lose(count) }
        waiting += bytes
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
        lostEver += lines
    }

    /// Where the line begins that is half written, or the next one to write.
    private var lineStart: Int {
        (waiting[..<position].lastIndex(of: Self.lineEnd) ?? -1) + 1
    }

    /// What the operator has to hear after an attempt to write that failed or not.
    private mutating func news(_ failure: Errno?) -> [Trouble] {
        var news: [Trouble] = []
        if growsAsTold != (outlet.growth != nil) {
            news.append(outlet.growth.map { .growing(reason: $0) } ?? .rotated)
            growsAsTold.toggle()
        }
        guard let failure else {
            guard told != .nothing else { return news }
            defer { (told, lostInAll) = (.nothing, 0) }
            return news + [.recovered(lost: lostInAll)]
        }
        if told == .nothing {
            news.append(.delayed(reason: reason(failure)))
            told = .delayed
        }
        if told == .delayed, lost > 0 {
            news.append(.losing)
            told = .losing
        }
        return news
    }

    private func reason(_ failure: Errno) -> String {
        switch failure {
        case .resourceTemporarilyUnavailable: "whoever reads it is too slow"
        case .brokenPipe: "nobody reads it any more"
        case .resourceBusy: "another program holds the file's lock"
        default: failure.description
        }
    }
}
