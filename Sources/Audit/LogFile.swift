// A log file that looks after itself: it is rotated when it is full, and its lines are chained, if that is asked for.
// Must not break a line in two, nor stop taking lines because it can't be rotated.

import Glibc
import SystemPackage

/// What a log file does besides taking lines.
package struct FileUpkeep: Sendable, Equatable {
    package var rotation: FileRotation?
    package var chain: ChainMethod?
    /// Goes where the path leads when somebody else has rotated the file: for commands beside a relay.
    package var followsPath: Bool

    package init(rotation: FileRotation? = nil, chain: ChainMethod? = nil, followsPath: Bool = false) {
        self.rotation = rotation
        self.chain = chain
        self.followsPath = followsPath
    }
}

/// A regular file with its upkeep.
package struct LogFile: ~Copyable {
    /// Octets of lines that are made ready at once.
    private static let portion = 64 * 1024

    /// What a line says that begins a chain, or a file.
    private struct Beginning {
        let reason: ChainStart
        var after: ChainLink?
    }

    private let path: String
    private let upkeep: FileUpkeep
    private var descriptor: Descriptor
    /// As far as we know; others may write, too.
    private var size = 0
    private var frames = LineFrames()
    /// The file ends within somebody's line.
    private var endsWithinLine = false
    /// The hash of the last line; counts where no `start` is due.
    private var link = ChainLink.origin
    /// The line that has to come first.
    private var start: Beginning?
    /// Why the file can't be rotated, so that it grows; nil while it can.
    private(set) var growth: String?
    private var nextRotation = 0

    init(_ descriptor: consuming Descriptor, path: String, _ upkeep: FileUpkeep) {
        self.path = path
        self.upkeep = upkeep
        endsWithinLine = descriptor.endsWithinLine
        size = FileIdentity(descriptor: descriptor.number)?.size ?? 0
        self.descriptor = descriptor
        if upkeep.chain != nil { learn() }
    }

    /// Takes whole lines from `start` on; says where it came to, always a line's start, and if that is not the end, why.
    mutating func write(_ bytes: [UInt8], from start: Int) -> (end: Int, failure: Errno?) {
        guard upkeep.chain == nil else { return writeLocked(bytes, from: start) }
        return writeFrames(bytes, from: start)
    }

    private mutating func writeFrames(_ bytes: [UInt8], from start: Int) -> (end: Int, failure: Errno?) {
        var position = start
        while position < bytes.count {
            if frames.isEmpty {
                if let failure = rotateIfFull(next: bytes.lineEnd(from: position) - position) {
                    return (position, failure)
                }
                guard fill(bytes, from: position) else { return (position, .notSupported) }
            }
            let (end, failure) = descriptor.write(frames.bytes, from: frames.position)
            size += end - frames.position
            if end > frames.position { endsWithinLine = false }
            let written = frames.advance(to: end)
            position += written.lines
            if let link = written.link { (self.link, self.start) = (link, nil) }
            if let failure {
                frames.keepBegun()
                return (position, failure)
            }
        }
        return (position, nil)
    }

    /// Makes the next lines ready; false where hashes can't be computed.
    private mutating func fill(_ bytes: [UInt8], from start: Int) -> Bool {
        let room = upkeep.rotation.map { max(1, $0.octets - size) } ?? Self.portion
        let most = min(bytes.count, start + min(room, Self.portion))
        if endsWithinLine { frames.append([UInt8(ascii: "\n")], line: 0) }
        guard let chain = upkeep.chain else {
            // As many lines as fit, one at least.
            let end = bytes[start..<most].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.lineEnd(from: start)
            frames.append(bytes[start..<end], line: end - start)
            return true
        }
        guard var link = fillStart(chain, bytes, start) else { return false }
        var position = start
        while position < most {
            let end = bytes.lineEnd(from: position)
            let isFirst = position == start
            guard isFirst || frames.bytes.count + end - position + ChainedLine.added <= room else { break }
            let content = bytes[position..<end - 1]
            guard let next = chain.link(content, after: link) else { return false }
            let frame = ChainedLine.joining(content, next) + [UInt8(ascii: "\n")]
            frames.append(frame, line: end - position, link: next)
            (position, link) = (end, next)
        }
        return true
    }
}

// MARK: The chain

extension LogFile {
    /// Others may write between two of our lines, so that the last hash is read again where the file has grown.
    private mutating func writeLocked(_ bytes: [UInt8], from start: Int) -> (end: Int, failure: Errno?) {
        if let failure = lock() { return (start, failure) }
        defer { _ = flock(descriptor.number, LOCK_UN) }
        if FileIdentity(descriptor: descriptor.number)?.size != size {
            frames.removeAll()
            learn()
        }
        return writeFrames(bytes, from: start)
    }

    /// A lock that somebody else holds is a reason to try again later: nobody waits here.
    private mutating func lock() -> Errno? {
        while true {
            guard flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 else {
                return errno == EWOULDBLOCK ? .resourceBusy : Errno(rawValue: errno)
            }
            let own = FileIdentity(descriptor: descriptor.number)?.number
            guard upkeep.followsPath, let now = FileIdentity(path: path), now.number != own else { return nil }
            if let failure = takePath() { return failure }
        }
    }

    /// Reads how the file ends, and how the chain goes on from there.
    private mutating func learn() {
        guard let chain = upkeep.chain else { return }
        let tail = FileTail(path: "/proc/self/fd/\(descriptor.number)") ?? FileTail(path: path)
        size = tail?.size ?? FileIdentity(descriptor: descriptor.number)?.size ?? 0
        endsWithinLine = tail?.half.isEmpty == false
        guard let tail, size > 0 else {
            let before = FileTail(path: FileRotation.name(path, 1)).flatMap { $0.link(chain) }
            start = Beginning(reason: before == nil ? .nothingBefore : .newFile, after: before)
            return
        }
        switch tail.link(chain) {
        case nil: start = Beginning(reason: .noChainBefore)
        case let last? where endsWithinLine: start = Beginning(reason: .halfLine, after: last)
        case let last?: (link, start) = (last, nil)
        }
    }

    /// Goes on where another file ends, if nothing is in this one.
    mutating func follow(_ before: borrowing LogFile) {
        guard let chain = upkeep.chain, size == 0, before.upkeep.chain != nil, before.start == nil else { return }
        let half = before.frames.begunPart
        let last = half.isEmpty ? before.link : chain.link(halfLine: half, after: before.link)
        start = last.map { Beginning(reason: .newFile, after: $0) } ?? start
    }

    /// Puts the line first that has to come first; the link to go on from.
    private mutating func fillStart(_ chain: ChainMethod, _ bytes: [UInt8], _ position: Int) -> ChainLink? {
        guard let start else { return link }
        let time = AuditLineHead(bytes[position...]).time
        var line = AuditLines()
        line.openChain(start.reason, after: start.after, time: time)
        let content = line.bytes.dropLast()
        guard let link = chain.link(content, after: start.after ?? .origin) else { return nil }
        frames.append(ChainedLine.joining(content, link) + [UInt8(ascii: "\n")], line: 0, link: link)
        return link
    }
}

extension FileTail {
    /// The hash that the next line follows, over half a line, too, if that is the last; nil where there is none.
    fileprivate func link(_ chain: ChainMethod) -> ChainLink? {
        guard let last = line.flatMap(ChainedLine.init)?.link else { return nil }
        return half.isEmpty ? last : chain.link(halfLine: half[...], after: last)
    }
}

extension AuditLines {
    /// Everything but a hash of the line that begins a chain.
    fileprivate mutating func openChain(_ reason: ChainStart, after: ChainLink?, time: ArraySlice<UInt8>) {
        bytes += #"{"v":1,"time":""#.utf8
        bytes += time
        bytes += #"","event":"chain_started""#.utf8
        field("reason", reason.rawValue)
        if let after { field("after", after.text) }
        close()
    }
}

// MARK: Rotation

extension LogFile {
    /// A file that is full makes room for a new one; if it can't, it goes on growing, and says so.
    private mutating func rotateIfFull(next: Int) -> Errno? {
        let added = upkeep.chain == nil ? 0 : ChainedLine.added
        guard let rotation = upkeep.rotation, size > 0, size + next + added > rotation.octets, size >= nextRotation
        else { return nil }
        guard FileIdentity(path: path)?.number == FileIdentity(descriptor: descriptor.number)?.number else {
            // Somebody else has moved it away, and a file that is not ours is not rotated.
            return takePath()
        }
        do throws(Errno) {
            let fresh = try rotation.rotate(path)
            let (last, hadBegun) = (link, start == nil)
            become(fresh)
            if upkeep.chain != nil, hadBegun { start = Beginning(reason: .newFile, after: last) }
            growth = nil
        } catch {
            growth = error.description
            nextRotation = size + max(1, rotation.octets / 16)
        }
        return nil
    }

    /// Goes on in whatever file the path leads to.
    private mutating func takePath() -> Errno? {
        do throws(Errno) {
            let fresh = try Descriptor(appendingTo: path)
            guard fresh.isRegular else { return .invalidArgument }
            become(fresh)
            return nil
        } catch {
            return error
        }
    }

    private mutating func become(_ fresh: consuming Descriptor) {
        // Nobody else knows the file yet, or somebody holds it for a moment only.
        if upkeep.chain != nil { _ = flock(fresh.number, LOCK_EX | LOCK_NB) }
        descriptor = fresh
        frames.removeAll()
        nextRotation = 0
        size = FileIdentity(descriptor: descriptor.number)?.size ?? 0
        endsWithinLine = false
        if upkeep.chain != nil { learn() }
    }
}
