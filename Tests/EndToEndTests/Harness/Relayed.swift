// The usual set-up in one call: a server, the relay before it.
// Must not hide what a test is about.

import Foundation

/// What a test changes in the usual settings.
struct Change {
    let apply: (inout Popsieve.Settings) -> Void

    init(_ apply: @escaping (inout Popsieve.Settings) -> Void) {
        self.apply = apply
    }
}

/// A relay and what is behind it.
struct Relayed: Sendable {
    let relay: Popsieve
    let folder: Folder

    /// Dovecot with these messages, in plain text on both sides.
    static func dovecot<Result>(
        _ messages: [Message],
        rule: String? = nil,
        changing change: Change = Change { _ in },
        _ body: (Relayed, DovecotServer) async throws -> Result
    ) async throws -> Result {
        try await Folder.temporary { folder in
            try await DovecotServer.serving(messages, in: folder) { server in
                var settings = Popsieve.Settings.relaying(to: server.plain, rule: rule)
                change.apply(&settings)
                return try await Popsieve.serving(settings, in: folder) { relay in
                    try await body(Relayed(relay: relay, folder: folder), server)
                }
            }
        }
    }

    /// A server that plays `script`.
    static func script<Result>(
        _ script: Script,
        showing pair: Certificates.Pair? = nil,
        rule: String? = nil,
        changing change: Change = Change { _ in },
        _ body: (Relayed) async throws -> Result
    ) async throws -> Result {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(script, showing: pair) { address in
                var settings = Popsieve.Settings.relaying(to: address, rule: rule)
                change.apply(&settings)
                return try await Popsieve.serving(settings, in: folder) { relay in
                    try await body(Relayed(relay: relay, folder: folder))
                }
            }
        }
    }
}
