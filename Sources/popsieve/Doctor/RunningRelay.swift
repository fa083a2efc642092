// The relay that runs with the settings that are looked at, if one does: asked over its control socket.
// Must not steer it.

import AuditReading
import Foundation
import NIOCore
import Relay
import Transport

struct RunningRelay {
    private var status: RelayStatus?
    /// One may run of which nobody can know.
    private(set) var mayBeHidden = false

    /// Looks for it, and tells how it does and whether it has what the files have.
    static func find(
        _ outcome: SettingsLoader.Outcome,
        loader: SettingsLoader,
        _ examination: Examination
    ) async -> RunningRelay {
        let own = outcome.settings.control.map { $0 == Settings.noControl ? [] : [$0] }
        let paths = own ?? ControlPlaces().ofOthers(settingsFile: loader.file)
        guard let path = paths.first(where: FileManager.default.fileExists(atPath:)) ?? paths.first else {
            return RunningRelay(mayBeHidden: true)
        }
        let digest = outcome.everything.digest
        return await examination.take("relay") { () async throws(Complaint) in await ask(path, digest) }
            ?? RunningRelay()
    }

    private static func ask(_ path: String, _ digest: String?) async -> (RunningRelay, Remark) {
        do {
            guard let status = try await ControlClient(path: path).status() else {
                let remark = Remark.warning("\(path): the relay has ended without an answer", "see its log")
                return (RunningRelay(), remark)
            }
            return (RunningRelay(status: status), remark(status, digest))
        } catch let error as ControlClient.Unreachable {
            if error.isAbsent { return (RunningRelay(), Remark("none runs with these settings")) }
            return (RunningRelay(mayBeHidden: true), .warning("\(path): \(error.message)", error.fix))
        } catch {
            let message = (error as? ControlFault)?.message ?? "the relay does not answer"
            return (RunningRelay(mayBeHidden: true), .warning("\(path): \(message)", "see its log"))
        }
    }

    private static func remark(_ status: RelayStatus, _ digest: String?) -> Remark {
        let sessions = status.sessions.of("session")
        let how = "version \(status.version), process \(status.process), \(status.state), \(sessions)"
        guard let then = status.digest, let digest, let since = status.since else { return Remark(how) }
        let failed = status.reloadFailed == true ? "the last reload was rejected" : nil
        let changed = then == digest ? nil : "files have changed since then"
        let news = [changed, failed].compactMap(\.self)
        guard !news.isEmpty else { return Remark("\(how), with these settings since \(since)") }
        let text = "\(how): it runs with what was in force at \(since), and \(news.joined(separator: "; "))"
        return .warning(text, "popsieve reload")
    }

    // MARK: What it has

    /// Also where it would close one of its own for it, at a reload.
    func holds(_ listener: RelayConfiguration.Listener) -> Bool {
        guard let status else { return false }
        if status.listeners.contains("\(listener)") { return true }
        guard listener.path == nil, listener.port != 0 else { return false }
        let wanted = ListenerReach(host: listener.host, port: listener.port)
        return status.listeners.compactMap(ListenerReach.init(shown:)).contains { $0.overlaps(wanted) }
    }

    func holdsMetrics(_ setting: Settings.Metrics?) -> Bool {
        guard let setting, let shown = status?.metrics.flatMap(ListenerReach.init(shown:)) else { return false }
        return shown.overlaps(ListenerReach(host: setting.host, port: setting.port))
    }
}

extension ListenerReach {
    /// Of an address with its port, as it is told: `127.0.0.1:110`, `[::1]:110`.
    fileprivate init?(shown: String) {
        guard let colon = shown.lastIndex(of: ":"), let port = Int(shown[shown.index(after: colon)...]) else {
            return nil
        }
        let host = shown[..<colon].trimmingCharacters(in: ["[", "]"])
        self.init(host: host, port: port)
    }
}
