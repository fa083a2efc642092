// Sockets that the service manager has opened: systemd's own tool opens them here.

import Foundation
import Testing

@Suite("Socket activation", .timeLimit(.minutes(5)))
struct SocketActivationTests {
    /// - Parameter more: sockets beside that of the relay's settings
    private func activated(
        _ more: [Address] = [],
        in folder: Folder,
        _ body: (ServiceProcess) async throws -> Void
    ) async throws -> (log: String, status: Int32) {
        let tool = try Program.socketActivate.path()
        let others = more.map { "--listen=\($0)" }.joined(separator: " ")
        let names = (["pop3"] + more.map { _ in "other" }).joined(separator: ":")
        // It becomes the relay with the first client.
        let prelude = "exec \(tool) --listen=$address \(others) --fdname=\(names) \"$@\""
        return try await ScriptedServer.serving(ScriptedMaildrop([]).script) { upstream in
            let (_, status) = try await ServiceProcess.running(.init(prelude: prelude), upstream: upstream, in: folder)
            {
                try await body($0)
            }
            return (String(decoding: try folder.read("service.err"), as: UTF8.self), status)
        }
    }

    /// The kernel's numbers of the sockets that listen on a port.
    private func listening(_ address: Address) throws -> [Substring] {
        try KernelTable.text("/proc/net/tcp").split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            let isIt =
                fields.count > 9 && fields[3] == "0A" && fields[1].hasSuffix(String(format: ":%04X", address.port))
            return isIt ? fields[9] : nil
        }
    }

    @Test("a listener has the socket that was passed on, before and after a reload")
    func kept() async throws {
        try await Folder.temporary { folder in
            let (log, status) = try await activated(in: folder) { relay in
                let before = try listening(relay.address)
                #expect(before.count == 1)
                try await relay.converse()
                let started = try await relay.audit.waitFor("service_started")[0]
                #expect(started["listeners"]?.list.first?.text == "\(relay.address)")
                relay.signal(SIGHUP)
                _ = try await relay.audit.waitFor("rules_loaded", count: 2)
                try await relay.converse()
                #expect(try listening(relay.address) == before)
            }
            #expect(status == 0, "\(log)")
        }
    }

    @Test("what is in the settings and was not passed on is bound; what nobody listens on is refused at a reload")
    func mixed() async throws {
        try await Folder.temporary { folder in
            let own = try await Address(port: Port.free())
            let (log, status) = try await activated(in: folder) { relay in
                try await relay.converse()
                let settings = String(decoding: try folder.read("popsieve.yaml"), as: UTF8.self)
                let passed = "\"\(relay.address)\""
                try folder.write("popsieve.yaml", settings.replacing(passed, with: "\(passed), \"\(own)\""))
                relay.signal(SIGHUP)
                _ = try await relay.audit.waitFor("rules_loaded", count: 2)
                try await relay.converse()
                #expect(try listening(own).count == 1)
                try folder.write("popsieve.yaml", settings.replacing(passed, with: "\"\(own)\""))
                relay.signal(SIGHUP)
                _ = try await relay.audit.waitFor("settings_rejected")
                try await relay.converse()
            }
            #expect(status == 0)
            #expect(log.contains("the socket \"pop3\" on 127.0.0.1:"))
            #expect(log.contains(", which was passed on to Popsieve, has no listener; add"))
        }
    }

    @Test("nothing starts where a socket has no listener")
    func unclaimed() async throws {
        try await Folder.temporary { folder in
            let other = try await Address(port: Port.free())
            let (log, status) = try await activated([other], in: folder) { relay in
                try await Peer.connected(to: relay.address) { _ = try await $0.rest() }
            }
            #expect(status == 69)
            #expect(
                log.contains("popsieve.yaml: error: the socket \"other\" on \(other), which was passed on to Popsieve"),
                "\(log)"
            )
        }
    }
}
