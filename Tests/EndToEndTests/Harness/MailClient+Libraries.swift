// Clients that are a library with a few lines of a script: Perl's Net::POP3.
// Must not delete anything from the server.

import Foundation

extension MailClient {
    func netPOP3(_ address: Address, _ account: Account, _ way: Way, _ folder: Folder) async throws -> Ended {
        let script = #"""
            use strict;
            use Net::POP3;
            my ($host, $port, $security, $authority, $user, $password, $mechanism) = @ARGV;
            my @trust = (SSL_ca_file => $authority, SSL_verifycn_name => "localhost");
            my $server = Net::POP3->new($host, Port => $port, SSL => $security eq "implicit", @trust) or die "$@";
            if ($security eq "starttls") { $server->starttls(@trust) or die $server->message; }
            my $count = $mechanism eq "APOP" ? $server->apop($user, $password) : $server->login($user, $password);
            die $server->message unless defined $count;
            for my $number (1 .. ($server->popstat)[0]) {
                my $lines = $server->get($number) or die $server->message;
                # In TLS it leaves line ends as they are.
                s/\r\n$/\n/ for @$lines;
                open my $file, ">:raw", "box/$number" or die $!;
                print $file @$lines;
                close $file;
            }
            $server->quit or die $server->message;
            """#
        let arguments = [
            "-e", script, address.host, "\(address.port)", way.security.rawValue, way.authority, account.name,
            account.password, way.mechanism ?? "",
        ]
        return try await Child.run(.perl, arguments, in: folder)
    }
}
