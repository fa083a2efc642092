// A relay with a control socket, and the commands that use it.
// Must not know what is tested.

import Foundation

/// A relay before a scripted server, steered from a socket in a folder of the test's own.
struct Steered: Sendable {
    let relay: Popsieve
    /// The folder of the test.
    let folder: Folder

    /// Where the socket of a relay in `folder` is.
    static func socket(in folder: Folder) -> String { folder["control"] }

    var socket: String { Self.socket(in: folder) }

    /// - Returns: what `body` returns, and the relay's exit status
    static func running<Result>(
        _ script: Script,
        rule: String? = nil,
        more: String = "",
        listeners: [Popsieve.Settings.Listener] = [.init()],
        _ body: (Steered) async throws -> Result
    ) async throws -> (Result, status: Int32) {
        try await Folder.temporary { folder in
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
            return try await ScriptedServer.serving(script) { address in
                var settings = Popsieve.Settings.relaying(to: address, rule: rule)
                settings.control = socket(in: folder)
                settings.more = more
                settings.listeners = listeners
                return try await Popsieve.running(settings, in: folder) { relay in
                    let steered = Steered(relay: relay, folder: folder)
                    try await steered.isThere()
                    return try await body(steered)
                }
            }
        }
    }

    /// The socket comes right behind the first line of the audit log.
    func isThere() async throws {
        try await eventually("the control socket") { FileManager.default.fileExists(atPath: socket) }
    }

    /// Runs a command on the relay.
    func popsieve(_ arguments: String...) async throws -> Ended {
        try await Child.run(path: Built.popsieve, arguments + ["--control", socket], in: folder)
    }

    /// The sessions that run.
    func sessions() async throws -> [JSON] {
        let ended = try await popsieve("sessions", "--json")
        guard ended.status == 0 else { throw Popsieve.Failed(status: ended.status, log: ended.errors) }
        return try ended.output.split(separator: 0x0A).map { try JSONDecoder().decode(JSON.self, from: Data($0)) }
    }
}

extension Ended {
    var text: String { String(decoding: output, as: UTF8.self) }
}
