// A relay whose rules want messages whole, with a disk and a scanner that wait as long as a test wants.
// Must not judge.

import Foundation
import Testing

struct HeldVenue: Sendable {
    struct Kind: Sendable, Hashable, CustomTestStringConvertible {
        /// Originals are kept; without a place for them, messages are judged before they are deleted.
        let hasQuarantine: Bool
        /// The only one that comes while a test runs.
        var timeout: Timeout?
        /// Of both sides.
        var transport = Transport.none
        /// Verdicts are remembered, and looked up.
        var hasStore = false
        /// What lies on a small disk of its own.
        var disk: Place?

        init(
            hasQuarantine: Bool,
            timeout: Timeout? = nil,
            transport: Transport = .none,
            hasStore: Bool = false,
            disk: Place? = nil
        ) {
            self.hasQuarantine = hasQuarantine
            self.timeout = timeout
            self.transport = transport
            self.hasStore = hasStore
            self.disk = disk
        }

        init(for cell: HeldCell) {
            self.init(
                hasQuarantine: cell.command != .dele,
                timeout: cell.timeout,
                transport: cell.transport,
                hasStore: cell.phase == .recalling
            )
        }

        var testDescription: String {
            "\(hasQuarantine ? "with" : "without") a quarantine, \(timeout.map { "\($0)" } ?? "no") time-out"
                + (transport == .none ? "" : ", TLS: \(transport)") + (hasStore ? ", remembering" : "")
                + (disk.map { ", a disk for \($0)" } ?? "")
        }
    }

    /// A folder of the relay's own.
    enum Place: String, Sendable {
        /// Files of messages that are held back.
        case held
        case quarantine
        /// The file that verdicts are remembered in.
        case state
    }

    let kind: Kind
    let relay: Popsieve
    let sessions: SessionLines
    let faults: Faults
    let certificates: Certificates
    let disk: SmallDisk?
    /// Where the scanner is.
    let folder: Folder
    let entrance: Entrance
    /// One session at a time where the two ends must belong together, or all threads would wait.
    let door = Door()

    private static func rules(_ kind: Kind) -> String {
        """
        require ["body", "reject", "virustest", "relational", "comparator-i;ascii-numeric"];
        \(kind.hasQuarantine ? #"require "fileinto";"# : "")
        if header :is "Subject" "scan" {
            if virustest :value "ge" :comparator "i;ascii-numeric" "4" { reject "infected"; }
            stop;
        }
        \(kind.hasQuarantine ? #"if header :is "Subject" "keep" { fileinto "Kept"; stop; }"# : "")
        if body :raw :contains "forbidden" { reject "forbidden"; }
        """
    }

    /// Waits as long as there is a file of the name that stands in the first line.
    private static let scanner = """
        #!/bin/sh
        IFS= read -r line
        cat > /dev/null
        name=$(printf %s "${line#X-Name: }" | tr -cd A-Z0-9)
        : > "$0.$name.begun"
        while test -e "$0.$name.wait"; do sleep 0.02; done
        echo '{"verdict":"clean"}'
        """

    /// Serves while `body` runs; afterwards nothing may be left of any session.
    ///
    /// - Parameter spare: descriptors that may be more then
    static func serving<Result>(
        _ kind: Kind,
        spare: Int = 0,
        _ body: (HeldVenue) async throws -> Result
    ) async throws -> Result {
        let (result, status) = try await running(kind) { venue in
            // What is opened once is open after the first messages.
            for message in HeldText.Kind.all(kind) { try await venue.serveWhole(message) }
            // A store opens more of them to read when many ask at once.
            let before = try venue.relay.openFiles() + spare + (kind.hasStore ? 8 : 0)
            let result = try await body(venue)
            if venue.relay.isAlive { try await venue.checkLeaks(before) }
            return result
        }
        #expect(status == 0)
        return result
    }

    /// The same for a relay that may end in any way.
    static func running<Result>(
        _ kind: Kind,
        _ body: (HeldVenue) async throws -> Result
    ) async throws -> (Result, status: Int32) {
        let certificates = try await Certificates.shared()
        return try await Folder.temporary { folder in
            try await Entrance.serving { entrance in
                let faults = Faults(in: try folder.folder("faults"))
                try folder.write("scan", scanner)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder["scan"])
                let disk = kind.disk.map { SmallDisk(path: folder["relay/\($0)"], octets: 4 << 20) }
                var settings = settings(kind, to: entrance.address, certificates, in: folder)
                settings.faults = faults
                settings.disk = disk
                return try await Popsieve.running(settings, in: folder) { relay in
                    try await body(
                        HeldVenue(
                            kind: kind,
                            relay: relay,
                            sessions: SessionLines(relay.audit.path),
                            faults: faults,
                            certificates: certificates,
                            disk: disk,
                            folder: folder,
                            entrance: entrance
                        )
                    )
                }
            }
        }
    }

    private static func settings(
        _ kind: Kind,
        to server: Address,
        _ certificates: Certificates,
        in folder: Folder
    ) -> Popsieve.Settings {
        var settings = Popsieve.Settings.relaying(to: server, rule: rules(kind))
        settings.listeners = [.init(encryption: kind.transport)]
        settings.upstreams[0].1.encryption = kind.transport
        settings.upstreams[0].1.authority = kind.transport == .none ? nil : certificates.authority
        settings.quarantine = kind.hasQuarantine ? "quarantine" : "none"
        settings.store = kind.hasStore ? storeFile : "none"
        if let timeout = kind.timeout { settings.timeouts = [timeout: "30s"] }
        if kind.disk == .held { settings.more += "holding: { folder: \"\(folder["relay/held"])\" }\n" }
        settings.more += """
            scanners:
              mine: { type: command, command: [\(folder["scan"])], looks-for: [virus], timeout: 5m }

            """
        return settings
    }

    /// In the relay's folder.
    static let storeFile = "state/popsieve.sqlite"

    private func checkLeaks(_ before: Int) async throws {
        try await eventually("every session is closed") { try sessions.open().isEmpty }
        try await eventually("no held file is left", within: 30) { try relay.heldFiles() == 0 }
        try await eventually("no scanner is left", within: 30) { try relay.children().isEmpty }
        do {
            try await eventually("descriptors are closed again", within: 30) { try relay.openFiles() <= before }
        } catch {
            Issue.record("\(try relay.openFiles()) descriptors in place of \(before): \(kind)")
        }
        #expect(try originals("tmp") == [], "nothing unfinished is left in the quarantine")
    }

    // MARK: The scanner

    func scannerWaits(for name: String) throws { try folder.write("scan.\(name).wait", "") }

    func scannerGoesOn(for name: String) {
        try? FileManager.default.removeItem(atPath: folder["scan.\(name).wait"])
    }

    func scannerHasBegun(for name: String) async throws {
        try await eventually("the scanner looks at \(name)") {
            FileManager.default.fileExists(atPath: folder["scan.\(name).begun"])
        }
    }

    // MARK: The quarantine

    /// What lies in a part of the folder that the rules keep messages in.
    func originals(_ part: String = "new") throws -> [String] {
        let folder = relay.folder["quarantine/.Kept/\(part)"]
        let path = disk == nil ? folder : relay.seen(folder)
        // One that has gone meanwhile is none.
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).compactMap { name in
            FileManager.default.contents(atPath: "\(path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Whether the message of this name is there, whole; nothing that is to be seen may be less.
    func keeps(_ name: String) throws -> Bool {
        let kept = try originals()
        #expect(kept.allSatisfy { $0.hasSuffix("\r\nthe end\r\n") }, "half a message is to be seen in the quarantine")
        return kept.contains { $0.contains("X-Name: \(name)\r\n") }
    }

    // MARK: The store

    /// Another process keeps it locked.
    func lockStore(_ kind: FileLock) async throws {
        try await kind.keep(on: relay.folder[Self.storeFile], in: folder)
    }

    func unlockStore() { FileLock.end(in: folder) }

    /// Waits until verdicts are remembered: a store that failed is tried again a minute later, when somebody asks.
    func storeWorks() async throws {
        guard kind.hasStore else { return }
        try await eventually("the store works", within: 120) {
            if try relay.audit.lines("store_failed").count == relay.audit.lines("store_recovered").count { return true }
            try await serveWhole()
            try await Task.sleep(for: .seconds(1))
            return false
        }
    }

    /// Waits until a message that came before is known again.
    func remembers() async throws {
        let name = String(UUID().uuidString.prefix(8))
        try await eventually("what was said before is remembered") {
            try await serveWhole(.scanned, named: name, changingItsMind: true)["remembered"] == .boolean(true)
        }
    }

    // MARK: Sessions

    /// A session from its greeting to QUIT, with a message that is judged whole.
    ///
    /// - Returns: the message's audit line
    @discardableResult
    func serveWhole(
        _ message: HeldText.Kind = .small,
        named name: String = String(UUID().uuidString.prefix(8)),
        changingItsMind: Bool = false,
        expecting verdict: String? = nil
    ) async throws -> AuditLine {
        let cell = HeldCell(phase: .memory, command: .retr, end: .client(.halfClosure))
        return try await HeldSession.held(
            in: self,
            for: cell,
            message: message,
            named: name,
            changingItsMind: changingItsMind
        ) { session in
            try await session.advance()
            try await session.goOn()
            try await session.expectServed(verdict: verdict)
            return try #require(session.lines("message").last)
        }
    }
}
