// One message that is held back: in memory while it is small, in a file when it is not.
// Must not judge it, nor wait: what the disk has to do is done on a thread, and told on the loop.

import Mail
import NIOCore
import SystemPackage

/// The octets of a message as the rules see them: not dot-stuffed. Belongs to one event loop.
final class HeldMessage {
    /// What has become of it when something was waited for.
    typealias Continuation = (Result<Void, HoldingError>) -> Void

    let holding: Holding
    let limits: HoldingLimits
    let eventLoop: any EventLoop
    /// Octets so far.
    private(set) var count = 0
    /// All of them, or those that no thread has taken to the file.
    private var memory = ByteBuffer()
    private var place = Place.memory
    /// A thread has octets to write.
    private var isWriting = false
    private var written = 0
    private var failure: HoldingError?
    private var taken = (memory: 0, file: 0)
    /// Who wants to know when nothing is left to be written.
    private var waiting: Continuation?
    /// Called when the upstream may go on.
    var caughtUp: () -> Void = {}

    init(_ holding: Holding, _ limits: HoldingLimits, on eventLoop: any EventLoop) {
        self.holding = holding
        self.limits = limits
        self.eventLoop = eventLoop
    }

    deinit {
        holding.giveBack(taken.memory, in: .memory)
        holding.giveBack(taken.file, in: .file)
    }

    private enum Place {
        case memory
        /// In a file, which a thread makes with the first octets that go there.
        case file(HeldFile?)
    }

    var isInFile: Bool { if case .file = place { true } else { false } }

    // MARK: Filling it

    /// - Parameter isLast: nothing follows, and it may go beyond the limit for one message
    func append(_ range: Range<Int>, of chunk: ByteBuffer, isLast: Bool = false) throws(HoldingError) {
        guard let slice = chunk.getSlice(at: chunk.readerIndex + range.lowerBound, length: range.count) else { return }
        try makeRoom(range.count, isLast)
        // The first is not copied: most messages come in one piece.
        if memory.readableBytes == 0 { memory = slice } else { memory.writeImmutableBuffer(slice) }
        writeBack()
    }

    func append(_ octets: [UInt8], isLast: Bool = false) throws(HoldingError) {
        try makeRoom(octets.count, isLast)
        memory.writeBytes(octets)
        writeBack()
    }

    /// More waits for the disk than should.
    var isBehind: Bool { isInFile && memory.readableBytes > limits.unwritten }

    private func makeRoom(_ more: Int, _ isLast: Bool) throws(HoldingError) {
        if let failure { throw failure }
        guard isLast || count + more <= limits.message else {
            throw .tooLarge(SizeBound(octets: limits.message, setting: .holding))
        }
        if !isInFile, count + more <= limits.memory, holding.take(more, in: .memory, limits: limits) {
            taken.memory += more
        } else {
            if !isInFile { try beginFile() }
            guard holding.take(more, in: .file, limits: limits) else { throw .noRoom }
            taken.file += more
        }
        count += more
    }

    private func beginFile() throws(HoldingError) {
        guard holding.take(taken.memory, in: .file, limits: limits) else { throw .noRoom }
        taken.file = taken.memory
        holding.giveBack(taken.memory, in: .memory)
        taken.memory = 0
        place = .file(nil)
    }

    // MARK: The file

    private func writeBack() {
        guard case .file(let file) = place, !isWriting, memory.readableBytes > 0 else { return }
        isWriting = true
        let octets = memory
        let offset = written
        memory = ByteBuffer()
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        holding.disk.run(toldTo: eventLoop) { [folder = limits.folder] in
            let file = try file ?? HeldFile(in: FilePath(folder))
            try file.write(octets, at: offset)
            return file
        }
        .whenComplete { result in this.value.wrote(octets.readableBytes, result) }
    }

    private func wrote(_ count: Int, _ result: Result<HeldFile, any Error>) {
        isWriting = false
        written += count
        switch result {
        case .success(let file):
            place = .file(file)
            writeBack()
            if !isWriting { waiting.take()?(.success(())) }
        case .failure(let error):
            let failure = HoldingError(error)
            self.failure = failure
            memory = ByteBuffer()
            waiting.take()?(.failure(failure))
        }
        if !isBehind { caughtUp() }
    }

    /// Calls when all of it is where it stays, maybe at once.
    func settle(_ continuation: @escaping Continuation) {
        if let failure { return continuation(.failure(failure)) }
        if isWriting { waiting = continuation } else { continuation(.success(())) }
    }

    // MARK: Reading it, once it is settled

    /// How the octets are had on another thread.
    func source() -> Source {
        if case .file(let file?) = place { .file(file, count: count) } else { .memory(memory) }
    }

    /// Where the octets of a settled message are.
    enum Source: Sendable {
        case memory(ByteBuffer)
        case file(HeldFile, count: Int)

        /// Without a copy. Not on an event loop, if it is a file.
        func octets() throws(HoldingError) -> MessageOctets {
            switch self {
            case .memory(let buffer): MessageOctets(HeldBuffer(buffer))
            case .file(let file, let count): try file.mapped(count: count)
            }
        }
    }

    /// The next octets from an offset on, at most as many as are read at a time.
    func read(at offset: Int, _ continuation: @escaping (Result<ByteBuffer, HoldingError>) -> Void) {
        guard case .file(let file?) = place else {
            let slice = memory.getSlice(at: memory.readerIndex + offset, length: count - offset)
            return continuation(.success(slice ?? ByteBuffer()))
        }
        let most = min(limits.read, count - offset)
        let continuation = NIOLoopBound(continuation, eventLoop: eventLoop)
        holding.disk.run(toldTo: eventLoop) { try file.read(at: offset, count: most) }
            .whenComplete { result in continuation.value(result.mapError { HoldingError($0) }) }
    }
}

extension HeldMessage {
    /// The same of what the rules have made of the message.
    func read(
        _ pieces: MessagePieces,
        at offset: Int,
        _ continuation: @escaping (Result<ByteBuffer, HoldingError>) -> Void
    ) {
        let most = limits.read
        guard isInFile else { return continuation(.success(pieces.chunk(at: offset, most: most))) }
        let continuation = NIOLoopBound(continuation, eventLoop: eventLoop)
        holding.disk.run(toldTo: eventLoop) { pieces.chunk(at: offset, most: most) }
            .whenComplete { result in continuation.value(result.mapError { HoldingError($0) }) }
    }
}

/// A buffer as Mail reads it.
private final class HeldBuffer: OctetStorage {
    private let buffer: ByteBuffer

    init(_ buffer: ByteBuffer) { self.buffer = buffer }

    var count: Int { buffer.readableBytes }

    func withOctets<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        let buffer = buffer
        return try body(buffer.readableBytesUInt8Span)
    }
}

extension HoldingError {
    /// What a thread has thrown, or that there is none any more.
    init(_ error: any Error) {
        self = error as? HoldingError ?? .failed("\(error)")
    }
}
