#!/bin/sh
# What dhclient, udhcpc and dhcpcd run on every event: sets or removes the address (dhcpcd does that
# itself) and prints "event REASON ADDRESS". Nothing else of the machine is touched, no resolv.conf.
PATH=$PATH:/usr/sbin:/sbin
event=${reason:-$1}
address=${new_ip_address:-$ip}
length=${new_subnet_mask:-$mask}

case $1$event in
dhcpcd*) ;;
*BOUND | *REBOOT | *RENEW | *REBIND | *bound | *renew)
	ip address replace "$address/$length" dev "$interface"
	;;
*RELEASE | *EXPIRE | *FAIL | *STOP | *deconfig)
	ip -4 address flush dev "$interface" scope global
	;;
esac
echo "event $event $address"
