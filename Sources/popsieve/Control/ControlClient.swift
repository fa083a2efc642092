// Asks a relay that runs, over its control socket.
// Must not print; whoever asks does.

import ArgumentParser
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Relay
import Synchronization
import Transport

/// A relay's control socket, as commands see it.
struct ControlClient: Sendable {
    let path: String
    /// How long it waits for the next line; nil: as long as the request may take.
    var silence: TimeAmount?

    /// Why a relay can't be asked, in words and with what to do.
    struct Unreachable: Error {
        var message: String
        var fix: String
        /// Nobody is there at all.
        var isAbsent = false
    }

    /// Sends a request, and hands over the lines of the answer as they come.
    ///
    /// - Throws: ``Unreachable``, what the relay says is wrong (``ControlFault``), and what `take` throws
    func ask(_ request: ControlRequest, _ take: (ControlAnswer) throws -> Void) async throws {
        let connection = try await connect()
        do {
            try await ask(request, on: connection, take)
        } catch let error where error is IOError || error is ChannelError {
            throw Unreachable(error, path)
        }
    }

    private func ask(
        _ request: ControlRequest,
        on connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
        _ take: (ControlAnswer) throws -> Void
    ) async throws {
        try await connection.executeThenClose { inbound, outbound in
            let patience = Patience(connection.channel, silence ?? request.patience)
            // One that refuses us may have gone already; what it has said is still there.
            try? await outbound.write(ByteBuffer(string: request.line + "\n"))
            var rest = ByteBuffer()
            for try await var part in inbound {
                rest.writeBuffer(&part)
                for line in try Self.lines(&rest) {
                    patience.renew()
                    let answer = try Self.answer(line)
                    if case .error(let fault) = answer { throw fault }
                    try take(answer)
                }
            }
            guard !patience.isOver else {
                let fix = "see its log; if it hangs, end its process"
                throw Unreachable(message: "the relay that is steered from there does not answer", fix: fix)
            }
            patience.end()
        }
    }

    /// All lines of a short answer.
    func answers(to request: ControlRequest) async throws -> [ControlAnswer] {
        var answers: [ControlAnswer] = []
        try await ask(request) { answers.append($0) }
        return answers
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(ControlLimits.requestTime)
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
                }
        } catch {
            throw Unreachable(error, path)
        }
    }

    private static func lines(_ buffer: inout ByteBuffer) throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        while let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(buffer.readBytes(length: end - buffer.readerIndex) ?? [])
            buffer.moveReaderIndex(forwardBy: 1)
        }
        guard buffer.readableBytes <= ControlLimits.answerLine else {
            throw Unreachable(message: "what answers there is no relay", fix: "name its socket with --control")
        }
        buffer.discardReadBytes()
        return lines
    }

    private static func answer(_ line: [UInt8]) throws -> ControlAnswer {
        do {
            return try JSONDecoder().decode(ControlAnswer.self, from: Data(line))
        } catch {
            let fix = "use the popsieve that the relay was started with"
            throw Unreachable(message: "the relay's answer is not understood", fix: fix)
        }
    }
}

/// Closes a connection on which nothing comes for too long.
private final class Patience {
    private final class Outcome: Sendable { let isOver = Atomic(false) }

    private let channel: any Channel
    private let time: TimeAmount
    private let outcome = Outcome()
    private var deadline: Scheduled<Void>?

    init(_ channel: any Channel, _ time: TimeAmount) {
        self.channel = channel
        self.time = time
        renew()
    }

    var isOver: Bool { outcome.isOver.load(ordering: .acquiring) }

    func renew() {
        deadline?.cancel()
        deadline = channel.eventLoop.scheduleTask(in: time) { [channel, outcome] in
            outcome.isOver.store(true, ordering: .releasing)
            channel.close(promise: nil)
        }
    }

    func end() { deadline?.cancel() }
}

extension ControlRequest {
    /// How long its client waits for the next line; a relay that ends tells every few seconds that it still does.
    fileprivate var patience: TimeAmount {
        switch self {
        case .status, .sessions, .end, .stop, .handOver: ControlLimits.silence
        case .reload: ControlLimits.longSilence
        }
    }
}

extension ControlClient.Unreachable {
    fileprivate init(_ error: any Error, _ path: String) {
        switch (error as? IOError)?.errnoCode {
        case ENOENT?, ENOTDIR?:
            let others = Self.others(beside: path)
            let fix = others.isEmpty ? "start it, or name its socket with --control" : "these run: \(others)"
            self.init(message: "no relay is steered from there", fix: fix, isAbsent: true)
        case ECONNREFUSED?:
            let fix = "start it: popsieve serve"
            self.init(message: "the relay that was steered from there has ended", fix: fix, isAbsent: true)
        case EACCES?, EPERM?:
            self.init(message: "only the relay's own user and root may steer it", fix: "use sudo")
        default: self.init(message: "the relay does not answer: \(NetworkReason(error))", fix: "see if it runs")
        }
    }

    /// Sockets in the same folder, to be named with --control.
    private static func others(beside path: String) -> String {
        let folder = path.parentFolder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let locked = Set(names.filter { $0.hasSuffix(".lock") }.map { $0.dropLast(5) })
        return names.filter { locked.contains($0[...]) }.sorted().map { "--control \(folder)/\($0)" }
            .joined(separator: " or ")
    }
}
