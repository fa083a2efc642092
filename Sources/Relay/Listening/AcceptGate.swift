// Before a listener: takes no more clients than there are open files for, and pauses when there are none.
// Must not serve or refuse anybody.

import Glibc
import NIOCore

/// In the pipeline of a listening channel. Without it a listener that has no open files left is asked to accept again at
/// once, for ever. Clients wait in the kernel meanwhile.
final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private let shared: RelayState
    private let operatorLog: OperatorLog
    private var pause: Scheduled<Void>?
    private var isReadWanted = false

    init(shared: RelayState, operatorLog: OperatorLog) {
        self.shared = shared
        self.operatorLog = operatorLog
    }

    func read(context: ChannelHandlerContext) {
        guard pause == nil else {
            isReadWanted = true
            return
        }
        guard shared.hasDescriptors else {
            isReadWanted = true
            return pauses(context, cause: "all open files of this process are in use (LimitNOFILE=, ulimit -n)")
        }
        context.read()
    }

    /// Whoever serves the client says when it has gone.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        shared.connectionOpened()
        operatorLog.listeningGoesOn()
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (error as? IOError)?.errnoCode {
        case EMFILE: pauses(context, cause: "too many open files in this process (LimitNOFILE=, ulimit -n)")
        case ENFILE: pauses(context, cause: "too many open files on this machine (fs.file-max)")
        case ENOBUFS, ENOMEM: pauses(context, cause: "the kernel has no memory for connections")
        // The client has gone while it waited.
        case ECONNABORTED: break
        default: context.fireErrorCaught(error)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        pause?.cancel()
        pause = nil
    }

    private func pauses(_ context: ChannelHandlerContext, cause: String) {
        operatorLog.listeningPauses(cause: cause)
        guard pause == nil else { return }
        let (this, context) = (NIOLoopBound(self, eventLoop: context.eventLoop), context.loopBound)
        pause = context.eventLoop.scheduleTask(in: shared.limits.acceptPause) {
            let gate = this.value
            gate.pause = nil
            guard gate.isReadWanted else { return }
            gate.isReadWanted = false
            gate.read(context: context.value)
        }
    }
}
