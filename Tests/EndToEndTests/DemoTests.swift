// `popsieve demo` as people see it: what becomes of its messages, and what is in its quarantine.
// Must not test its words; see PopsieveTests.

import Foundation
import Testing

@Suite("The demo", .timeLimit(.minutes(5)))
struct DemoTests {
    @Test("a quarantine, a replaced attachment and a rule on the body, without any set-up")
    func shows() async throws {
        try await Folder.temporary { folder in
            let arguments = ["TMPDIR=\(folder.path)", Built.popsieve, "demo", "--port", "0"]
            let env = "/usr/bin/env"
            _ = try await Child.serving(path: env, arguments, in: folder, name: "demo") { _ in
                let address = try await eventually("the demo says where it listens") {
                    let said = String(decoding: try folder.read("demo.out"), as: UTF8.self)
                    guard said.contains("Ctrl-C ends the demo") else { return Address?.none }
                    let place = try #require(said.firstMatch(of: /pop3:\/\/([0-9.:]+)\//))
                    return Address(parsing: String(place.1))
                }
                try await look(at: address, folder)
            }
        }
    }

    /// A message, in a session of its own.
    private func message(_ number: Int, at address: Address) async throws -> String {
        try await Peer.connected(to: address) { peer in
            _ = try await peer.line()
            _ = try await peer.command("USER demo")
            #expect(try await peer.command("PASS demo").hasPrefix("+OK"))
            try await peer.send("RETR \(number)\r\n")
            return String(decoding: try await peer.multilineReply(), as: UTF8.self)
        }
    }

    private func look(at address: Address, _ folder: Folder) async throws {
        let notice = try await message(15, at: address)
        #expect(notice.contains("Subject: [quarantined] Your invoice 4711\r\n"), "\(notice)")
        let identifier = try #require(notice.firstMatch(of: /copy=(\S+)/)).1
        let attachment = try await message(16, at: address)
        #expect(attachment.contains("not handed out.") && attachment.contains("name=\"dot.gif\""), "\(attachment)")
        #expect(!attachment.contains("VGhpcyBpcyBubyBwcm9ncmFtLg=="))
        #expect(try await message(17, at: address).contains("\r\nX-Popsieve-Warning: a stranger asks for money\r\n"))
        try await release(identifier, folder)
        let original = try await message(15, at: address)
        #expect(original.contains("POPSIEVE-DEMO-VIRUS"), "\(original)")
    }

    private func release(_ identifier: Substring, _ folder: Folder) async throws {
        let demo = try #require(try folder.names().first { $0.hasPrefix("popsieve-demo-") })
        let place = ["--folder", folder["\(demo)/quarantine"]]
        let list = try await Child.run(path: Built.popsieve, ["quarantine", "list"] + place, in: folder)
        #expect(String(decoding: list.output, as: UTF8.self).contains("Your invoice 4711"), "\(list)")
        let release = ["quarantine", "release"] + place + [String(identifier)]
        let released = try await Child.run(path: Built.popsieve, release, in: folder)
        #expect(released.status == 0, "\(released)")
    }
}
