// A message in which nothing is to be found, for programs that scan: what they say of it shows that they do.
// Must not look like anybody's mail.

import NIOCore
import Relay
import Scanning

enum HarmlessMessage {
    private static let text = """
        Received: from localhost by localhost; Thu, 1 Jan 2026 00:00:00 +0000\r
        Date: Thu, 1 Jan 2026 00:00:00 +0000\r
        From: popsieve doctor <doctor@popsieve.invalid>\r
        To: a scanner <scanner@popsieve.invalid>\r
        Subject: is it there?\r
        Message-ID: <doctor@popsieve.invalid>\r
        MIME-Version: 1.0\r
        Content-Type: text/plain; charset=us-ascii\r
        \r
        There is nothing in this message.\r

        """

    /// Has it scanned, within the time that messages have.
    static func remark(_ setting: Settings.Scanner, _ scanner: MailScanner) async throws(Complaint) -> Remark {
        let fix = "try it by hand, with a message on its standard input"
        switch await scanner.scan(ByteBuffer(string: text)) {
        case .clean: return Remark("\(scanner.place): it finds nothing in a harmless message")
        case .infected(let names):
            let found = names.prefix(4).joined(separator: ", ")
            return .warning("\(scanner.place): it finds \(found) in a message in which nothing is", fix)
        case .scored(let score) where score.isSpam:
            return .warning("\(scanner.place): it takes a harmless message for spam, with \(score.score)", fix)
        case .scored(let score): return Remark("\(scanner.place): it gives a harmless message \(score.score)")
        case .unscanned(let reason):
            guard let finding = Finding(setting, scanner, .fails(reason)) else {
                throw Complaint("\(setting.place): \(scanner.place): \(reason)", fix)
            }
            throw Complaint("\(finding.place): \(finding.message)", finding.fix)
        }
    }
}
