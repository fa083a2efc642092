// Whether listeners could be had: bound as the relay does it, and closed at once.
// Must not accept anybody.

package import Logging
import NIOCore
package import Transport

extension Relay {
    /// - Throws: ``ListenError`` for the first that can't be had
    package static func tryListeners(
        _ settings: [RelayConfiguration.Listener],
        on group: LoopGroup,
        log: Logger
    ) async throws {
        let listeners = Listeners(pause: .zero, clock: ContinuousClock(), log: log) { _, setting, _ in
            try await Listener.bind(setting, on: group, Listener.Settings(pause: .zero) { $0.abort() })
        }
        for bound in try await listeners.plan(settings).all { await bound.listener.close() }
    }
}

extension Listener {
    /// Binds what the settings say; nobody is accepted before `accept`.
    static func bind(
        _ setting: RelayConfiguration.Listener,
        inherited: InheritedSockets? = nil,
        on group: LoopGroup,
        _ settings: Settings
    ) async throws -> Listener {
        if let path = setting.path {
            let mode = setting.mode
            return try bind(path: path, mode: mode, backlog: 4096, inherited: inherited, on: group, settings)
        }
        let (host, port) = (setting.host, setting.port)
        return try await bind(host: host, port: port, backlog: 4096, inherited: inherited, on: group, settings)
    }
}
