// Carries out what whoever steers a running relay asks for, and says what came of it.
// Must not know sockets.

import Foundation
import Glibc
import NIOCore
import Relay
import Scanning
import Synchronization
import Transport

/// Of one relay.
struct ControlDesk: Sendable {
    let relay: Relay
    let reloads: Reloads
    let termination: Termination
    let health: Health
    let windows: Windows
    let ending: Ending
    let begin: ContinuousClock.Instant

    func perform(_ request: ControlRequest, _ reply: ControlReply) async throws {
        switch request {
        case .status: try await reply.send(.status(await status()))
        case .sessions: try await sendSessions(reply)
        case .end(let session, let by): try await end(session, by, reply)
        case .reload: try await reload(reply)
        case .stop(let now, let givesWay): try await stop(now, givesWay: givesWay, reply)
        case .handOver(let path): try await handOver(to: path, reply)
        }
    }

    private func status() async -> RelayStatus {
        let figures = await relay.figures()
        let state = health.state
        let configuration = relay.configuration
        return RelayStatus(
            version: Server.version,
            process: Int(getpid()),
            state: relay.isServing ? "serving" : "draining",
            seconds: (ContinuousClock.now - begin) / .seconds(1),
            listeners: await relay.listenerAddresses,
            rules: state.ruleFiles,
            sessions: relay.sessions,
            sessionsAllowed: figures.mostSessions,
            sessionsServed: relay.sessionsServed,
            logins: figures.counts.loginsSucceeded,
            messages: figures.counts.messages.reduce(0) { $0 + $1.count },
            octetsOut: figures.counts.octetsToClients,
            scanners: configuration.scanners.scanners.map { .init(name: $0.name, up: !$0.isDown) },
            store: state.storeWord(isUsed: configuration.store != nil),
            audit: state.auditWord,
            metrics: await windows.metricsAddress,
            loaded: state.reloads.lastSuccess,
            digest: state.digest,
            reloadFailed: !state.reloads.lastSucceeded
        )
    }

    private func sendSessions(_ reply: ControlReply) async throws {
        let summaries = await relay.sessionSummaries()
        for start in stride(from: 0, to: summaries.count, by: ControlLimits.sessionsAtOnce) {
            let part = summaries[start...].prefix(ControlLimits.sessionsAtOnce)
            try await reply.send(part.map { .session(SessionLine($0)) })
        }
        try await reply.send(.sessions(summaries.count))
    }

    private func end(_ session: String, _ by: String, _ reply: ControlReply) async throws {
        if let ended = await relay.endSession(session, by: by) {
            try await reply.send(.ended(SessionLine(ended)))
        } else {
            let message = "there is no session \"\(session)\" now"
            try await reply.send(.error(ControlFault(message: message, fix: "see which there are: popsieve sessions")))
        }
    }

    private func reload(_ reply: ControlReply) async throws {
        let folder = FileManager.default.currentDirectoryPath
        func send(_ findings: [Finding]) async throws {
            for finding in findings { try await reply.send(.finding(FindingLine(finding, folder: folder))) }
        }
        switch await reloads.run() {
        case .reloaded(let changes, let warnings, let files):
            for change in changes { try await reply.send(.change(change)) }
            try await send(warnings)
            try await reply.send(.reloaded(rules: files))
        case .rejected(let findings):
            try await send(findings)
            try await reply.send(.rejected)
        case .failed(let reason):
            try await reply.send(.error(ControlFault(message: reason, fix: "everything stays as it was")))
        }
    }

    /// Another relay accepts from now on. Sessions go on to their own end, since nobody has asked their clients to hurry.
    private func giveWay() async {
        await windows.giveWay()
        await relay.stopAccepting()
        Task {
            let end = ContinuousClock.now + ControlLimits.lastSessions
            while relay.sessions > 0, ContinuousClock.now < end, termination.reason == nil {
                try await Task.sleep(for: ControlLimits.drainLook)
            }
            termination.end(by: Termination.takeover, isAtOnce: false, relay)
        }
    }

    /// From here on both accept, until this relay is told to stop: none of their clients is refused.
    private func handOver(to path: String, _ reply: ControlReply) async throws {
        let sockets = await relay.duplicateListeners()
        defer { for socket in sockets { close(socket) } }
        func refuse(_ reason: String) async throws {
            let message = "the listening sockets can't be handed over: \(reason)"
            try await reply.send(.error(ControlFault(message: message, fix: "start a relay when this one has ended")))
        }
        guard !relay.isEnding else { return try await refuse("the relay is about to end") }
        guard await sockets.count == relay.listenerAddresses.count else {
            return try await refuse("open files are wanting")
        }
        do throws(IOError) {
            try SocketHandover.send(sockets, to: path)
        } catch {
            let hasGone = [ENOENT, ECONNREFUSED].contains(error.errnoCode)
            return try await refuse(hasGone ? "who asked for them has gone" : NetworkReason(error).description)
        }
        try await reply.send(.handedOver(sockets: sockets.count))
    }

    /// Whoever asks is told how many sessions are left, until the relay has ended.
    private func stop(_ now: Bool, givesWay: Bool, _ reply: ControlReply) async throws {
        if givesWay { await giveWay() } else { termination.end(by: "stop", isAtOnce: now, relay) }
        var told: (sessions: Int, at: ContinuousClock.Instant)?
        while ending.outcome == nil {
            let sessions = relay.sessions
            if told.map({ $0.sessions != sessions || ContinuousClock.now > $0.at + ControlLimits.drainBeat }) ?? true {
                try await reply.send(.draining(sessions: sessions))
                told = (sessions, .now)
            }
            try await Task.sleep(for: ControlLimits.drainLook)
        }
        if let outcome = ending.outcome { try await reply.send(.stopped(outcome)) }
    }
}

/// How the relay has ended, once it has.
final class Ending: Sendable {
    private let state = Mutex<StoppedLine?>(nil)

    var outcome: StoppedLine? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
