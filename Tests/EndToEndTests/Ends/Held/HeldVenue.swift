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

        init(hasQuarantine: Bool, timeout: Timeout? = nil) {
            self.hasQuarantine = hasQuarantine
            self.timeout = timeout
        }

        init(for cell: HeldCell) {
            self.init(hasQuarantine: cell.command != .dele, timeout: cell.timeout)
        }

        var testDescription: String {
            "\(hasQuarantine ? "with" : "without") a quarantine, \(timeout.map { "\($0)" } ?? "no") time-out"
        }
    }

    let kind: Kind
    let relay: Popsieve
    let sessions: SessionLines
    let faults: Faults
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
            let before = try venue.relay.openFiles() + spare
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
        try await Folder.temporary { folder in
            try await Entrance.serving { entrance in
                let faults = Faults(in: try folder.folder("faults"))
                try folder.write("scan", scanner)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder["scan"])
                var settings = Popsieve.Settings.relaying(to: entrance.address, rule: rules(kind))
                settings.quarantine = kind.hasQuarantine ? "quarantine" : "none"
                if let timeout = kind.timeout { settings.timeouts = [timeout: "30s"] }
                settings.faults = faults
                settings.more += """
                    scanners:
                      mine: { type: command, command: [\(folder["scan"])], looks-for: [virus], timeout: 5m }

                    """
                return try await Popsieve.running(settings, in: folder) { relay in
                    try await body(
                        HeldVenue(
                            kind: kind,
                            relay: relay,
                            sessions: SessionLines(relay.audit.path),
                            faults: faults,
                            folder: folder,
                            entrance: entrance
                        )
                    )
                }
            }
        }
    }

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
        let path = relay.folder["quarantine/.Kept/\(part)"]
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).map { name in
            // One that has gone meanwhile was not complete.
            String(decoding: FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data(), as: UTF8.self)
        }
    }

    /// Whether the message of this name is there, whole; nothing that is to be seen may be less.
    func keeps(_ name: String) throws -> Bool {
        let kept = try originals()
        #expect(kept.allSatisfy { $0.hasSuffix("\r\nthe end\r\n") }, "half a message is to be seen in the quarantine")
        return kept.contains { $0.contains("X-Name: \(name)\r\n") }
    }

    // MARK: Sessions

    /// A session from its greeting to QUIT, with a message that is judged whole.
    func serveWhole(_ message: HeldText.Kind = .small, expecting verdict: String? = nil) async throws {
        let cell = HeldCell(phase: .memory, command: .retr, end: .client(.halfClosure))
        try await HeldSession.held(in: self, for: cell, message: message) { session in
            try await session.advance()
            try await session.goOn()
            try await session.expectServed(verdict: verdict)
        }
    }
}
