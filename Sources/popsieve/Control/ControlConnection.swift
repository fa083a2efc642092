// One connection to the control socket: a line is read, and its answer written; whoever is slow or says nothing is cut off.
// Must not carry requests out; see ControlDesk.

import Audit
import Foundation
import Glibc
import NIOCore

/// Where the lines of an answer go.
struct ControlReply: Sendable {
    let channel: any Channel

    /// Returns when the kernel has it, which waits for a reader that is slow.
    func send(_ answers: [ControlAnswer]) async throws {
        let lines = answers.map { JSONText.line($0) + "\n" }.joined()
        try await channel.writeAndFlush(ByteBuffer(string: lines)).get()
    }

    func send(_ answer: ControlAnswer) async throws { try await send([answer]) }
}

/// Carries a request out.
typealias ControlResponder = @Sendable (ControlRequest, ControlReply) async throws -> Void

/// Belongs to its channel's event loop.
final class ControlConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Nothing is read before it is known who is there.
        case asking
        case reading(ByteBuffer)
        case answering(Task<Void, Never>)
        case over
    }

    /// As the kernel has it (`struct ucred`).
    private struct PeerCredentials {
        var process: Int32 = 0
        var user: UInt32 = .max
        var group: UInt32 = .max
    }

    private let seat: Seat
    private let respond: ControlResponder
    private var state = State.asking
    private var deadline: Scheduled<Void>?

    init(_ seat: Seat, _ respond: @escaping ControlResponder) {
        self.seat = seat
        self.respond = respond
    }

    /// Only this user and root may steer.
    static func isWelcome(_ user: UInt32) -> Bool { user == geteuid() || user == 0 }

    func channelActive(context: ChannelHandlerContext) {
        limit(ControlLimits.requestTime, context)
        guard let options = context.channel as? any SocketOptionProvider else { return refuse(nil, context) }
        let this = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let credentials: EventLoopFuture<PeerCredentials> = options.unsafeGetSocketOption(
            level: .socket,
            name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        )
        credentials.whenComplete { result in
            let (handler, context) = this.value
            if case .success(let peer) = result, Self.isWelcome(peer.user) {
                handler.state = .reading(ByteBuffer())
            } else {
                handler.refuse(nil, context)
            }
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What comes behind the line means nothing, and before anybody is known it is not read.
        guard case .reading(var line) = state else { return }
        state = .over
        var data = unwrapInboundIn(data)
        line.writeBuffer(&data)
        if let end = line.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            answer(Array(line.readableBytesView[..<end]), context)
        } else if line.readableBytes >= ControlLimits.request {
            let most = ControlLimits.request
            refuse(ControlFault(message: "a request has \(most) octets at most", fix: "send one line"), context)
        } else {
            state = .reading(line)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            switch state {
            // A request without its end is none.
            case .reading, .over: context.close(promise: nil)
            // One that is answered may well come from somebody who has said all.
            case .asking, .answering: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        if case .answering(let task) = state { task.cancel() }
        state = .over
        deadline?.cancel()
        context.fireChannelInactive()
    }

    // MARK: Steps

    private func answer(_ line: [UInt8], _ context: ChannelHandlerContext) {
        let request: ControlRequest
        do throws(ControlFault) {
            request = try ControlRequest(line: line)
        } catch {
            return refuse(error, context)
        }
        seat.requestCame()
        // The end of a relay takes as long as its sessions.
        if case .stop = request { deadline?.cancel() } else { limit(ControlLimits.answerTime, context) }
        let reply = ControlReply(channel: context.channel)
        state = .answering(
            Task { [respond] in
                try? await respond(request, reply)
                try? await reply.channel.close().get()
            }
        )
    }

    /// Says why, and goes when that has been heard: what is unread when a socket is closed takes what was said with it.
    private func refuse(_ fault: ControlFault?, _ context: ChannelHandlerContext) {
        state = .over
        let fault = fault ?? ControlFault(message: "only the relay's own user and root may steer it", fix: "use sudo")
        let line = ByteBuffer(string: JSONText.line(ControlAnswer.error(fault)) + "\n")
        limit(ControlLimits.refusal, context)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(line)).whenComplete { _ in channel.close(mode: .output, promise: nil) }
    }

    private func limit(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }
}
