// Whether the listeners, and the address for metrics, could be had by a relay that starts now.
// Must not hold them: they are bound as `serve` does it, and closed at once.

import AuditReading
import Glibc
import Logging
import NIOCore
import NIOPosix
import Relay
import Transport

struct ListenerExamination {
    let loaded: Loaded
    /// Its own listeners are taken by itself.
    let running: RunningRelay

    func take(_ examination: Examination) async {
        await examination.take("listeners") { () async throws(Complaint) in
            let all = loaded.configuration.listeners
            let free = all.filter { !running.holds($0) }
            do {
                try await tryOut(free)
                try await tryMetrics()
            } catch let finding as ListenerTrouble {
                throw complaint(finding.finding, isTaken: finding.isTaken)
            } catch {
                throw Complaint("the system gives no more: \(NetworkReason(error))", "see its limits, and this user's")
            }
            let metrics = loaded.metrics.map { ["metrics at \($0.address)"] } ?? []
            let names = (free.map { "\($0)" } + (running.holdsMetrics(loaded.metrics) ? [] : metrics))
                .joined(separator: ", ")
            let held = all.count - free.count
            if held == 0 { return Remark("\(names): can be had") }
            let rest = names.isEmpty ? "" : "; \(names): can be had"
            return Remark("\(held.of("listener")) held by the relay that runs\(rest)")
        }
    }

    private func complaint(_ finding: Finding, isTaken: Bool) -> Complaint {
        let what = "\(finding.place): \(finding.message)"
        guard isTaken, running.mayBeHidden else { return Complaint(what, finding.fix) }
        // There is no way to ask it.
        let fix = "if it is a relay with these settings that has it, all is well"
        return Complaint(what, "\(fix); else \(finding.fix ?? "name another")")
    }

    private func tryOut(_ listeners: [RelayConfiguration.Listener]) async throws {
        let group = try LoopGroup(count: 1)
        defer { Task { try? await group.shutdownGracefully() } }
        let silent = Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }
        do {
            try await Relay.tryListeners(listeners, on: group, log: silent)
        } catch let error as Relay.ListenError {
            var isTaken = false
            if case .refused(_, _, EADDRINUSE) = error { isTaken = true }
            throw ListenerTrouble(finding: Finding(error, loaded), isTaken: isTaken)
        }
    }

    private func tryMetrics() async throws {
        guard let setting = loaded.metrics, !running.holdsMetrics(setting) else { return }
        do {
            let address = try SocketAddress.makeAddressResolvingHost(setting.host, port: setting.port)
            let group = MultiThreadedEventLoopGroup.singleton
            let server = try await LocalServer.bind(to: address, on: group, most: 1) { _, _ in }
            await server.close()
        } catch {
            let isTaken = (error as? IOError)?.errnoCode == EADDRINUSE
            let finding = LoadError.metrics(setting, at: loaded.metricsPlace, error, isSecond: false).findings[0]
            throw ListenerTrouble(finding: finding, isTaken: isTaken)
        }
    }
}

/// What can't be had.
private struct ListenerTrouble: Error {
    let finding: Finding
    /// Somebody has it.
    let isTaken: Bool
}
