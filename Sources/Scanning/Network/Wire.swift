// One connection to a scanner, as a task sees it: send, receive, close.
// Must not know what is said on it.

import NIOCore
import Synchronization

/// The end of a channel's pipeline. One task at a time sends or receives; closing is for anybody.
///
/// Whoever sends is told as soon as the peer speaks or leaves, since scanners say "too large" before all was sent.
final class Wire<Input: Sendable, Output: Sendable>: ChannelInboundHandler, Sendable {
    typealias InboundIn = Input
    typealias OutboundOut = Output

    private enum Sending {
        /// The kernel has not taken all of it yet.
        case underWay
        /// The kernel has it.
        case done
        /// The peer takes no more.
        case failed
    }

    private struct State {
        /// Nil until the channel is set up.
        var channel: (any Channel)?
        /// Came and was not taken yet.
        var inputs: [Input] = []
        /// What those weigh. A peer that talks faster than it is listened to is cut off.
        var octets = 0
        /// The peer has ended its side, or the connection is no more.
        var isOver = false
        /// What made it so, if it was an error.
        var error: (any Error)?
        /// What became of what was handed to the channel.
        var sending = Sending.done
        /// How often one of the above has changed.
        var changes = 0
        /// The task that waits for the next change.
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let weigh: @Sendable (Input) -> Int

    /// - Parameter weigh: octets that an element holds in memory.
    init(weigh: @escaping @Sendable (Input) -> Int) { self.weigh = weigh }

    /// Nothing is under way, nothing came unasked, and the peer is there.
    var isIdle: Bool {
        state.withLock { $0.channel != nil && !$0.isOver && $0.sending == .done && $0.inputs.isEmpty }
    }

    /// Ends the connection; whoever waits is told.
    func close() {
        let channel = change { state in
            state.isOver = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    /// Sends, and returns when the kernel has taken it: true, or as soon as the peer speaks or leaves: false.
    func send(_ outputs: [Output]) async -> Bool {
        let channel: (any Channel)? = state.withLock { state in
            guard !state.isOver, state.inputs.isEmpty else { return nil }
            state.sending = .underWay
            return state.channel
        }
        guard let channel else { return false }
        channel.eventLoop.execute {
            for output in outputs.dropLast() { channel.write(output, promise: nil) }
            guard let last = outputs.last else { return self.sent(.done) }
            let taken = channel.writeAndFlush(last)
            taken.whenSuccess { self.sent(.done) }
            taken.whenFailure { _ in self.sent(.failed) }
        }
        return await wait { state in
            switch state.sending {
            // An answer that came right behind it is no interruption.
            case .done: true
            case .failed: false
            case .underWay: state.isOver || !state.inputs.isEmpty ? false : nil
            }
        }
    }

    /// What came next; nil when nothing comes any more.
    func receive() async -> Input? {
        await wait { state -> Input?? in
            guard let input = state.inputs.first else { return state.isOver ? .some(nil) : nil }
            state.inputs.removeFirst()
            state.octets -= self.weigh(input)
            return input
        }
    }

    /// Why the connection broke, if it did not end in order.
    var error: (any Error)? { state.withLock { $0.error } }

    /// Closes the connection when the task is cancelled, and when `body` throws.
    func closing<Result>(_ body: () async throws(UnscannedReason) -> Result) async throws(UnscannedReason) -> Result {
        let outcome: Swift.Result<Result, UnscannedReason> = await withTaskCancellationHandler {
            do throws(UnscannedReason) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        } onCancel: {
            close()
        }
        if case .failure = outcome { close() }
        return try outcome.get()
    }
}

// MARK: Waiting

extension Wire {
    /// Changes the state and wakes the task that waits.
    @discardableResult
    private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, waiter) = state.withLock { state in
            let result = body(&state)
            state.changes &+= 1
            defer { state.waiter = nil }
            return (result, state.waiter)
        }
        waiter?.resume()
        return result
    }

    /// Waits until `ready` has a value.
    private func wait<Value: Sendable>(until ready: (inout State) -> Value?) async -> Value {
        while true {
            let (value, seen) = state.withLock { (ready(&$0), $0.changes) }
            if let value { return value }
            await withCheckedContinuation { continuation in
                let hasChanged = state.withLock { state in
                    if state.changes == seen { state.waiter = continuation }
                    return state.changes != seen
                }
                if hasChanged { continuation.resume() }
            }
        }
    }

    private func sent(_ outcome: Sending) { change { $0.sending = outcome } }
}

// MARK: The channel's events

extension Wire {
    func handlerAdded(context: ChannelHandlerContext) {
        let isOver = state.withLock { state in
            state.channel = context.channel
            return state.isOver
        }
        // It was closed before it was there.
        if isOver { context.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let input = unwrapInboundIn(data)
        let weight = weigh(input)
        let isTooMuch = change { state in
            state.inputs.append(input)
            state.octets += weight
            return state.octets > Limits.reply
        }
        if isTooMuch { close() }
    }

    func channelInactive(context: ChannelHandlerContext) { change { $0.isOver = true } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        change { state in
            state.error = state.error ?? error
            state.isOver = true
        }
        context.close(promise: nil)
    }
}
