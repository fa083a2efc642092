// What the service manager is told: when clients are served, when a reload is over, and whether the relay lives.

import Foundation
import Testing

@Suite("The service manager's notices", .timeLimit(.minutes(5)))
struct NotifyTests {
    private func served(
        _ socket: NotifySocket,
        _ prelude: String = "",
        in folder: Folder,
        _ body: (ServiceProcess) async throws -> Void
    ) async throws -> Int32 {
        try await ScriptedServer.serving(ScriptedMaildrop([]).script) { upstream in
            let start = ServiceProcess.Start(prelude: "export NOTIFY_SOCKET='\(socket.name)'\n" + prelude)
            return try await ServiceProcess.running(start, upstream: upstream, in: folder, body).status
        }
    }

    @Test("start, reload, a reload that fails, and the end are told", arguments: NotifySocket.Kind.allCases)
    func life(_ kind: NotifySocket.Kind) async throws {
        try await Folder.temporary { folder in
            let socket = try NotifySocket(kind, in: folder)
            let status = try await served(socket, in: folder) { relay in
                let ready = try await socket.waitFor("READY=1")
                #expect(ready.contains("STATUS=listening on \(relay.address)"))
                try await relay.converse()
                let before = DispatchTime.now().uptimeNanoseconds / 1_000
                relay.signal(SIGHUP)
                let reloading = try await socket.waitFor("RELOADING=1")
                let clock = try #require(reloading.first { $0.hasPrefix("MONOTONIC_USEC=") }?.split(separator: "=")[1])
                #expect(try #require(UInt64(clock)) >= before)
                let reloaded = try await socket.waitFor("READY=1")
                #expect(!reloaded.contains { $0.contains("rejected") })
                let settings = String(decoding: try folder.read("popsieve.yaml"), as: UTF8.self)
                try folder.write("popsieve.yaml", settings + "\nnonsense: 1\n")
                relay.signal(SIGHUP)
                _ = try await socket.waitFor("RELOADING=1")
                let rejected = try await socket.waitFor("READY=1")
                #expect(rejected.contains { $0.contains("reload rejected: popsieve.yaml:") })
                relay.signal(SIGTERM)
                let stopping = try await socket.waitFor("STOPPING=1")
                #expect(stopping.contains("STATUS=SIGTERM: sessions end"))
            }
            #expect(status == 0)
        }
    }

    @Test("signs of life end while one event loop hangs, and come again when it turns")
    func watchdog() async throws {
        try await Folder.temporary { folder in
            let socket = try NotifySocket(.path, in: folder)
            let faults = Faults(in: try folder.folder("faults"))
            let environment = faults.prefix.dropFirst().joined(separator: " ")
            let prelude = "export WATCHDOG_USEC=100000 WATCHDOG_PID=$$ \(environment)"
            let status = try await served(socket, prelude, in: folder) { relay in
                for _ in 0..<3 { _ = try await socket.waitFor("WATCHDOG=1") }
                try faults.begin(.loopTurn, .wait)
                try await faults.reached(.loopTurn)
                // One may be on its way: whoever has asked the loop before it hung.
                try await Task.sleep(for: .milliseconds(200))
                _ = socket.count("WATCHDOG=1")
                try await Task.sleep(for: .milliseconds(500))
                #expect(socket.count("WATCHDOG=1") == 0)
                faults.end(.loopTurn)
                _ = try await socket.waitFor("WATCHDOG=1")
                try await relay.converse()
            }
            #expect(status == 0)
        }
    }

    @Test("nobody is told of the watchdog who is not watched")
    func unwatched() async throws {
        try await Folder.temporary { folder in
            let socket = try NotifySocket(.path, in: folder)
            let status = try await served(socket, "export WATCHDOG_USEC=20000 WATCHDOG_PID=1", in: folder) { relay in
                _ = try await socket.waitFor("READY=1")
                for _ in 0..<3 { try await relay.converse() }
                #expect(socket.count("WATCHDOG=1") == 0)
            }
            #expect(status == 0)
        }
    }

    @Test("a manager that can't be told is no reason not to serve", arguments: ["/nowhere/notify", "vsock:2:1", "@"])
    func unreachable(_ name: String) async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(ScriptedMaildrop([]).script) { upstream in
                let start = ServiceProcess.Start(prelude: "export NOTIFY_SOCKET='\(name)'")
                let (log, status) = try await ServiceProcess.running(start, upstream: upstream, in: folder) { relay in
                    try await relay.converse()
                    return try relay.log()
                }
                #expect(status == 0)
                #expect(log.contains("the service manager is told nothing") == !name.hasPrefix("/"))
            }
        }
    }
}
