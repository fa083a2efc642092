// `popsieve doctor` and this machine: addresses, the relay that runs, disks, scanners, and what it is asked with.
// Must not look at times.

import Foundation
import Synchronization
import Testing

extension DoctorTests {
    private static func step(_ name: String, _ report: Report) throws -> Report.Step {
        try #require(report.steps.first { $0.step == name })
    }

    @Test("an address that another program has", arguments: ["listeners", "metrics"])
    func taken(_ what: String) async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(DoctorCase.answering()) { address in
                try await ScriptedServer.serving(DoctorCase.silent) { taken in
                    var settings = Popsieve.Settings(upstream: address)
                    let isMetrics = what == "metrics"
                    if isMetrics { settings.more = "metrics: \"\(taken)\"\n" }
                    if !isMetrics { settings.listeners[0].port = taken.port }
                    try await Popsieve.write(settings, in: folder)
                    let (report, ended) = try await Self.report([], in: folder)
                    let failed = try #require(report.failed)
                    #expect(failed.step == "listeners" && ended.status == 69, "\(ended)")
                    let place = "popsieve.yaml:"
                    #expect(
                        failed.sentence.contains(place) && failed.sentence.contains("listens there already"),
                        "\(ended)"
                    )
                    #expect(failed.sentence.contains("\(taken.port)"), "\(ended)")
                }
            }
        }
    }

    @Test("the relay that runs has its own addresses, and may have other files than there are")
    func running() async throws {
        let (port, metrics) = (try await Port.free(), try await Port.free())
        let more = "metrics: \"127.0.0.1:\(metrics)\"\n"
        let listeners = [Popsieve.Settings.Listener(port: port)]
        let script = DoctorCase.answering()
        let (_, status) = try await Steered.running(script, rule: "keep;\n", more: more, listeners: listeners) {
            steered in
            let folder = steered.relay.folder
            let rules = try folder.folder("rules")
            func relay() async throws -> (relay: Report.Step, listeners: Report.Step) {
                let (report, _) = try await Self.report([], in: folder)
                return (try Self.step("relay", report), try Self.step("listeners", report))
            }
            let first = try await relay()
            #expect(first.relay.result == "ok" && first.relay.sentence.contains("with these settings since"))
            #expect(first.listeners.result == "ok" && first.listeners.sentence.contains("held by the relay that runs"))
            try rules.write("10-test.sieve", "discard;\n")
            let changed = try await relay().relay
            #expect(changed.result == "warning" && changed.remedy == "popsieve reload")
            #expect(changed.sentence.contains("files have changed"))
            #expect(try await steered.popsieve("reload").status == 0)
            #expect(try await relay().relay.result == "ok")
            let settings = String(decoding: try folder.read("popsieve.yaml"), as: UTF8.self)
            try folder.write("popsieve.yaml", settings + "# something new\n")
            #expect(try await relay().relay.result == "warning")
            #expect(try await steered.popsieve("reload").status == 0)
            try rules.write("10-test.sieve", "nothing of the kind\n")
            #expect(try await steered.popsieve("reload").status == 78)
            try rules.write("10-test.sieve", "discard;\n")
            let rejected = try await relay().relay
            #expect(rejected.result == "warning" && rejected.sentence.contains("the last reload was rejected"))
            #expect(try await steered.popsieve("status").text.contains("; the last reload was rejected"))
        }
        #expect(status == 0)
    }

    @Test("a server that expects the PROXY protocol, or does not", arguments: ["", "v1", "v2"], [false, true])
    func proxied(_ version: String, isEncrypted: Bool) async throws {
        let authority = try await Certificates.shared().authority
        try await Folder.temporary { folder in
            let trust: DovecotServer.Trust = version.isEmpty ? .proxyProtocol : .none
            try await DovecotServer.serving([(.anna, [])], trusting: trust, in: folder) { server in
                let encryption: Popsieve.Settings.Encryption = isEncrypted ? .starttls : .none
                var upstream = Popsieve.Settings.Upstream(address: server.plain, encryption: encryption)
                if isEncrypted { (upstream.authority, upstream.name) = (authority, "localhost") }
                if !version.isEmpty { upstream.more = "proxy-protocol: \(version)" }
                try await Popsieve.write(.init(upstream: upstream), in: folder)
                let (report, ended) = try await Self.report([], in: folder)
                let remedy = try #require(report.failed?.remedy, "\(ended)")
                #expect(remedy.contains("proxy-protocol") && ended.status == 69, "\(ended)")
            }
        }
    }

    @Test("whoever is no POP3 server is told nothing more")
    func farewell() async throws {
        let heard = Mutex<String?>(nil)
        let script = Script { peer in
            try await peer.send("* OK IMAP4rev1 ready\r\n")
            let rest = String(decoding: try await peer.rest(), as: UTF8.self)
            heard.withLock { $0 = rest }
        }
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(script) { address in
                try await Popsieve.write(.init(upstream: address), in: folder)
                let (report, _) = try await Self.report([], in: folder)
                #expect(report.failed?.step == "greeting")
                try await eventually("the end of the connection") { heard.withLock { $0 != nil } }
                #expect(heard.withLock { $0 } == "")
            }
        }
    }

    @Test("without a terminal and without a password there is one JSON object", arguments: [[], ["--password-stdin"]])
    func unasked(_ arguments: [String]) async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(DoctorCase.answering()) { address in
                try await Popsieve.write(.init(upstream: address), in: folder)
                let command = ["doctor", "--json", "--config", folder["popsieve.yaml"], "anna@example.org"] + arguments
                let ended = try await Child.run(
                    .shell,
                    ["-c", "exec setsid -w \"$@\" < /dev/null", "sh", Built.popsieve] + command,
                    in: folder
                )
                let report = try JSONDecoder().decode(Report.self, from: ended.output)
                #expect(report.failed?.step == "password" && ended.status == 69, "\(ended)")
            }
        }
    }

    @Test(
        "a program that scans is asked about a harmless message",
        arguments: [("{\"verdict\":\"clean\"}", "ok"), ("{\"verdict\":\"infected\",\"names\":[\"X\"]}", "warning")]
    )
    func scanner(_ answer: String, _ result: String) async throws {
        let row = DoctorCase.scanning("", "#!/bin/sh\ncat > /dev/null\necho '\(answer)'\n", "")
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(DoctorCase.answering()) { address in
                var settings = Popsieve.Settings(upstream: address)
                row.change(&settings)
                try await Popsieve.write(settings, in: folder)
                try row.prepare(folder)
                let (report, ended) = try await Self.report([], in: folder)
                #expect(try Self.step("scanner", report).result == result, "\(ended)")
            }
        }
    }

    @Test("a disk for held messages that is full", .enabled(if: SmallDisk.isPossible))
    func full() async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(DoctorCase.answering()) { address in
                let rule = "require \"body\";\nif body :contains \"x\" { discard; }\n"
                var settings = Popsieve.Settings.relaying(to: address, rule: rule)
                let disk = SmallDisk(path: try folder.folder("held").path, octets: 1 << 20)
                settings.more = "holding: { folder: \"\(disk.path)\" }\n"
                try await Popsieve.write(settings, in: folder)
                let ended = try await Self.doctor([], in: folder, disk: disk)
                let text = String(decoding: ended.output, as: UTF8.self)
                #expect(text.contains("\nfailed   holding ") && ended.status == 69, "\(ended)")
            }
        }
    }
}
