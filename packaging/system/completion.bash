# bash completion for ipvsadm(8), ipvsadm-save(8), ipvsadm-restore(8) and ipvsadm-fleet(8); needs no other file. Reads the
# kernel's files itself, as starting a program at every key press would be slow.

# The tables of commands and options, a row per spelling: property, letter, long name, argument ([…] if optional, [=…] if
# only after «=»), and for an option its commands. Tests compare them with src/rules/option-table/.
_ipvsadm_commands='
add-service A add-service -
edit-service E edit-service -
delete-service D delete-service -
flush C clear -
restore R restore -
save S save -
add-server a add-server -
edit-server e edit-server -
delete-server d delete-server -
list L list -
list l list -
zero Z zero -
set - set -
start-daemon - start-daemon master|backup
stop-daemon - stop-daemon master|backup
doctor - doctor -
help h help -
version v version -
'
_ipvsadm_options='
numeric n numeric - save list
connection c connection - list
service-address t tcp-service host[:port] add-service edit-service delete-service add-server edit-server delete-server list zero
service-address u udp-service host[:port] add-service edit-service delete-service add-server edit-server delete-server list zero
service-address - sctp-service host[:port] add-service edit-service delete-service add-server edit-server delete-server list zero
service-address f fwmark-service mark add-service edit-service delete-service add-server edit-server delete-server list zero
scheduler s scheduler name add-service edit-service
persistent p persistent [seconds] add-service edit-service
netmask M netmask mask add-service edit-service
real-server r real-server host[:port] add-server edit-server delete-server
forwarding-method g gatewaying - add-server edit-server
forwarding-method i ipip - add-server edit-server
forwarding-method m masquerading - add-server edit-server
weight w weight number add-server edit-server
u-threshold x u-threshold number add-server edit-server
l-threshold y l-threshold number add-server edit-server
mcast-interface - mcast-interface interface start-daemon
timeout - timeout - list
daemon - daemon - list
stats - stats - list
rate - rate - list
thresholds - thresholds - list
persistent-conn - persistent-conn - list
nosort - nosort - list
syncid - syncid number list start-daemon stop-daemon
exact X exact - list
ops o ops - add-service edit-service
pe - pe engine add-service edit-service
sched-flags b sched-flags flag[,flag]... add-service edit-service
mcast-group - mcast-group address start-daemon
mcast-port - mcast-port port start-daemon
mcast-ttl - mcast-ttl number start-daemon
sync-maxlen - sync-maxlen bytes start-daemon
tun-info - tun-info - list
tun-type - tun-type ipip|gue|gre add-server edit-server
tun-port - tun-port port add-server edit-server
tun-nocsum - tun-nocsum - add-server edit-server
tun-csum - tun-csum - add-server edit-server
tun-remcsum - tun-remcsum - add-server edit-server
ipv6 6 ipv6 - any
sort - sort - any
json - json - restore list
all - all - save list
table - table - list
watch - watch [=seconds] list
color - color [=auto|always|never] list
prometheus - prometheus [=services|summary] list
output - output file list
top - top [=number] list
sync - sync - restore
check - check - restore
dry-run - dry-run - restore
exit-code - exit-code - restore
wait - wait [=seconds] restore
allow-empty - allow-empty - restore
keep-weights - keep-weights - restore
max-removals - max-removals limit restore
min-servers - min-servers limit restore
only - only pattern restore save
except - except pattern restore save
drain - drain [=seconds] restore delete-server
keep - keep - restore delete-server
verbose - verbose - doctor
expect - expect file doctor
'

# The root of the file system; tests set another one.
: "${_ipvsadm_root:=}"

# Completes the word at the cursor. Splits the command line itself, as bash also splits words at colons.
_ipvsadm() {
  local line=${COMP_LINE:0:COMP_POINT} current='' prefix=''
  local -a words candidates=()
  read -ra words <<<"$line"
  [[ $line == *[[:blank:]] ]] || { current=${words[-1]}; unset 'words[-1]'; }

  local command='' wanted='' argument='' service='' scheduler=wlc tunnel='' mark=''
  local -A given=()
  _ipvsadm_read "${words[@]:1}"

  # «--option=value» is completed as the value.
  if [[ -z $wanted && $current == --*=* ]]; then
    _ipvsadm_take "${current%%=*}"
    [[ $wanted ]] || return 0
    prefix=${current%%=*}= current=${current#*=}
  fi

  # An optional number gives way to the next option.
  [[ $wanted == persistent && ! $prefix && ($current == '' || $current == -*) ]] && wanted=''

  if [[ $wanted ]]; then
    _ipvsadm_offer_values
  elif [[ -z $command ]]; then
    _ipvsadm_offer_commands
  else
    _ipvsadm_offer_options
  fi
  _ipvsadm_reply
}

# Puts the candidates that begin with the current word into COMPREPLY, as bash expects them: without the part up to the
# last character at which it splits words.
_ipvsadm_reply() {
  local candidate cut='' typed=$prefix$current
  local breaks=${COMP_WORDBREAKS//[^:=]/}
  [[ $breaks && $typed == *[$breaks]* ]] && cut=${typed%"${typed##*[$breaks]}"}
  COMPREPLY=()
  for candidate in "${candidates[@]}"; do
    [[ $candidate == "$current"* ]] || continue
    candidate=$prefix$candidate
    COMPREPLY+=("${candidate#"$cut"}")
  done
}

# Reads the words before the current one into the variables of _ipvsadm.
_ipvsadm_read() {
  local word rest letter
  while (($#)); do
    word=$1
    shift
    if [[ $wanted ]]; then
      # An optional argument takes no word that begins with a dash.
      if [[ $wanted != persistent || $word != -* ]]; then
        _ipvsadm_value "$word"
        continue
      fi
      wanted=''
    fi
    case $word in
      --*=*) _ipvsadm_take "${word%%=*}"; _ipvsadm_value "${word#*=}" ;;
      --*)
        _ipvsadm_take "$word"
        [[ $argument != '[='* ]] || wanted=''
        ;;
      -*)
        rest=${word#-}
        while [[ $rest ]]; do
          letter=${rest:0:1} rest=${rest:1}
          _ipvsadm_take "-$letter"
          [[ $wanted && $rest ]] || continue
          _ipvsadm_value "${rest#=}"
          rest=''
        done
        ;;
    esac
  done
}

# Records the command or option $1. Sets `argument` to its argument, and `wanted` to its long name if it takes one.
_ipvsadm_take() {
  local name letter long commands table=$_ipvsadm_options
  [[ $command ]] || table=$_ipvsadm_commands
  while read -r name letter long argument commands; do
    [[ $name && ($1 == "--$long" || $letter != - && $1 == "-$letter") ]] || continue
    [[ $command ]] && given[$name]=1 || command=$name
    [[ $argument == - ]] || wanted=$long
    case $long in
      ipip) tunnel=1 ;;
      fwmark-service) mark=1 ;;
    esac
    return
  done <<<"$table"
}

# Records $1 as the argument of `wanted`.
_ipvsadm_value() {
  case $wanted in
    tcp-service) service="TCP $1" ;;
    udp-service) service="UDP $1" ;;
    sctp-service) service="SCTP $1" ;;
    fwmark-service) service="FWM $1" ;;
    scheduler) scheduler=$1 ;;
  esac
  wanted=''
}

_ipvsadm_offer_commands() {
  local name letter long argument
  while read -r name letter long argument; do
    [[ $name ]] && _ipvsadm_offer_spelling "$letter" "$long"
  done <<<"$_ipvsadm_commands"
}

# Offers the options that go with the command and have not been given.
_ipvsadm_offer_options() {
  local name letter long argument commands
  while read -r name letter long argument commands; do
    [[ $name && ($commands == any || " $commands " == *" $command "*) && ! ${given[$name]-} ]] || continue
    case $name in
      tun-info) ;;
      tun-*) [[ $tunnel ]] || continue ;;
      ipv6) [[ $mark ]] || continue ;;
      # Allowed with every command, without any effect: offered with a list only.
      sort) [[ $command == list ]] || continue ;;
    esac
    _ipvsadm_offer_spelling "$letter" "$long"
  done <<<"$_ipvsadm_options"
}

# Offers the long name, and the letter unless the current word begins with two dashes.
_ipvsadm_offer_spelling() {
  [[ $1 == - || $current == --* ]] || candidates+=("-$1")
  [[ " ${candidates[*]} " == *" --$2 "* ]] || candidates+=("--$2")
}

# Offers arguments of `wanted`.
_ipvsadm_offer_values() {
  case $wanted in
    tcp-service) _ipvsadm_offer_services TCP ;;
    udp-service) _ipvsadm_offer_services UDP ;;
    sctp-service) _ipvsadm_offer_services SCTP ;;
    fwmark-service) _ipvsadm_offer_services FWM ;;
    real-server) _ipvsadm_offer_servers ;;
    scheduler) _ipvsadm_offer_modules '' ;;
    pe) _ipvsadm_offer_modules pe_ ;;
    sched-flags) _ipvsadm_offer_flags ;;
    mcast-interface) _ipvsadm_offer_interfaces ;;
    *)
      case $argument in
        *'|'*) IFS='|' read -ra candidates <<<"${argument//[]=[]/}" ;;
        file) compopt -o default 2>/dev/null ;;
      esac
      ;;
  esac
}

# Offers the services of the table whose protocol is $1; for a new service, only their addresses.
_ipvsadm_offer_services() {
  local kind text
  local -A found=()
  while read -r kind text; do
    [[ $kind == "$1" ]] || continue
    if [[ $command != add-service ]]; then
      found[$text]=1
    elif [[ $kind != FWM ]]; then
      found[${text%:*}:]=1
      compopt -o nospace 2>/dev/null
    fi
  done < <(_ipvsadm_table)
  candidates=("${!found[@]}")
}

# Offers the real servers of the service on the command line, or all servers if it is not in the table. To add one to a
# service, it offers the servers of other services.
_ipvsadm_offer_servers() {
  local kind text here=''
  local -A own=() others=()
  while read -r kind text; do
    if [[ $kind != '->' ]]; then
      here="$kind $text"
    elif [[ $here == "$service" || "$here" == "$service:0" ]]; then
      own[$text]=1
    else
      others[$text]=1
    fi
  done < <(_ipvsadm_table)
  if [[ $command == add-server ]]; then
    for text in "${!others[@]}"; do [[ ${own[$text]-} ]] || candidates+=("$text"); done
  elif ((${#own[@]})); then
    candidates=("${!own[@]}")
  else
    candidates=("${!others[@]}")
  fi
}

# Offers the flags of the scheduler, after those that the word already has.
_ipvsadm_offer_flags() {
  local flag before='' flags='flag-1 flag-2 flag-3'
  [[ $scheduler == [sm]h ]] && flags="$scheduler-fallback $scheduler-port flag-3"
  [[ $current == *,* ]] && before=${current%,*},
  for flag in $flags; do
    [[ ,$before == *",$flag,"* ]] || candidates+=("$before$flag")
  done
}

# Offers the names of the kernel's modules ip_vs_$1…: those loaded, those built in, and those that can be loaded.
_ipvsadm_offer_modules() {
  local release='' line name modules
  local -A found=()
  read -r release 2>/dev/null <"$_ipvsadm_root/proc/sys/kernel/osrelease"
  modules=$_ipvsadm_root/lib/modules/$release
  while read -r line; do
    line=${line%%[[:blank:]]*} name=${line##*/}
    # A pattern that matches no file stays as it is.
    [[ $name == ip_vs_"$1"* && $name != *'*'* ]] || continue
    name=${name#ip_vs_"$1"} name=${name%%.*}
    # Skips an application helper, and a persistence engine among schedulers.
    [[ $name == ftp || $name == pe_* ]] || found[$name]=1
  done < <(
    cat "$_ipvsadm_root/proc/modules" "$modules/modules.builtin" 2>/dev/null
    printf '%s\n' "$modules"/kernel/net/netfilter/ipvs/ip_vs_*.ko*
  )
  candidates=("${!found[@]}")
}

# Offers the interfaces, quoted for the shell, as a name can have whatever it interprets.
_ipvsadm_offer_interfaces() {
  local path name
  for path in "$_ipvsadm_root"/sys/class/net/*; do
    [[ -e $path ]] || continue
    printf -v name %q "${path##*/}"
    candidates+=("$name")
  done
}

# Prints the table, a line per service or server: «TCP 192.0.2.1:80», «FWM 7», «-> [2001:db8::1]:80».
_ipvsadm_table() {
  local kind endpoint rest text
  while read -r kind endpoint rest; do
    case $kind in
      TCP | UDP | SCTP | '->')
        [[ $endpoint == *[[:xdigit:]\]]:[[:xdigit:]]* ]] || continue
        _ipvsadm_endpoint "$endpoint"
        echo "$kind $text"
        ;;
      FWM) echo "FWM $((16#$endpoint))" ;;
    esac
  done 2>/dev/null <"$_ipvsadm_root/proc/net/ip_vs"
}

# Sets `text` to the hexadecimal endpoint $1, in the form that ipvsadm prints.
_ipvsadm_endpoint() {
  local hex=${1%:*} port=$((16#${1##*:}))
  if [[ $hex == \[* ]]; then
    _ipvsadm_inet6 "$hex"
    text="[$text]:$port"
  else
    _ipvsadm_inet "$hex"
    text=$text:$port
  fi
}

# Sets `text` to an IPv4 address, given as eight digits.
_ipvsadm_inet() {
  printf -v text '%d.%d.%d.%d' "0x${1:0:2}" "0x${1:2:2}" "0x${1:4:2}" "0x${1:6:2}"
}

# Sets `text` to an IPv6 address, given as eight groups in brackets, in the form of RFC 5952: without leading zeros,
# the first of the longest runs of two or more zero groups left out, and an IPv4 address within it dotted.
_ipvsadm_inet6() {
  local -a groups
  local index length=0 start=-1 run last=8 tail=''
  IFS=: read -ra groups <<<"${1//[][]/}"
  for index in "${!groups[@]}"; do printf -v "groups[$index]" '%x' "0x${groups[index]}"; done
  for ((index = 0; index < 8; index++)); do
    for ((run = 0; index + run < 8; run++)); do [[ ${groups[index + run]} == 0 ]] || break; done
    ((run > length)) && ((length = run, start = index))
    ((index += run))
  done
  if ((start == 0)) && ((length == 6 || length == 5 && 16#${groups[5]} == 16#ffff)); then
    printf -v tail '%04x' "0x${groups[6]}" "0x${groups[7]}"
    _ipvsadm_inet "$tail"
    tail=$text last=6
  fi
  text=''
  ((length < 2)) && start=-1
  for ((index = 0; index < last; index++)); do
    if ((index == start)); then
      text=${text%:}::
      ((index += length - 1))
    else
      text+=${groups[index]}:
    fi
  done
  if [[ $tail ]]; then
    text+=$tail
  elif ((start < 0 || start + length < 8)); then
    text=${text%:}
  fi
}

# The options of ipvsadm-restore. Tests compare them with the program.
_ipvsadm_restore_options='
--flush
--json
--check
--dry-run
--exit-code
--wait
--allow-empty
--keep-weights
--max-removals
--min-servers
--only
--except
--drain
--keep
--help
'

# ipvsadm-fleet's commands with their arguments, and a row for each option: the command that has it, letter, long name, and
# argument. Tests compare them with the program.
_ipvsadm_fleet_commands='
publish FILE
log
show N
diff N M
rollout N
resume
pause
abort
rollback
status
hold DIRECTOR
release DIRECTOR
group DIRECTOR NAME
forget DIRECTOR
drain SERVER
undrain SERVER
metrics
agent
keygen FILE
'
_ipvsadm_fleet_options='
any - store address
any - fleet name
any - cacert file
any - cert file
any - key file
any - user name
any - password-file file
any v version -
any h help -
publish m message text
publish - json -
publish - sign key
publish - allow-empty -
log - json -
show - json -
diff - json -
rollout - canary number
rollout - waves list
rollout - bake time
rollout - deadline time
rollout - max-failures number
rollout - on-failure halt|rollback
rollout - offline wait|skip|fail
rollout - confirm time
rollout - drain time
rollout - check command
rollout - sign key
rollout - yes -
resume - check command
resume - sign key
resume - yes -
rollback - to N
rollback - drain time
rollback - deadline time
rollback - sign key
status - watch -
status - exit-code -
status - json -
hold m message text
drain m message text
drain - wait -
metrics o output file
agent - director name
agent - state-dir dir
agent - once -
agent - trust file
agent - accept-store -
agent - only pattern
agent - except pattern
agent - keep-weights -
agent - max-removals limit
agent - min-servers limit
agent - metrics file
agent - drain time
agent - allow-empty -
'

_ipvsadm_fleet() {
  local line=${COMP_LINE:0:COMP_POINT} current='' prefix='' command='' wanted='' word arguments=''
  local -a words candidates=()
  read -ra words <<<"$line"
  [[ $line == *[[:blank:]] ]] || { current=${words[-1]}; unset 'words[-1]'; }
  for word in "${words[@]:1}"; do
    if [[ $wanted ]]; then
      wanted=''
    elif [[ $word == -* ]]; then
      _ipvsadm_fleet_take "$word"
    elif [[ ! $command ]]; then
      command=$word arguments=$(_ipvsadm_fleet_arguments "$word")
    else
      arguments=${arguments#* }
    fi
  done
  if [[ ! $wanted && $current == --*=* ]]; then
    _ipvsadm_fleet_take "${current%%=*}"
    prefix=${current%%=*}= current=${current#*=}
  elif [[ ! $wanted && $current == -* ]]; then
    _ipvsadm_fleet_offer_options
  elif [[ ! $wanted && ! $command ]]; then
    while read -r word _; do
      candidates+=($word)
    done <<<"$_ipvsadm_fleet_commands"
  fi
  [[ $wanted || ! $command ]] || wanted=${arguments%% *}
  case $wanted in
    *'|'*) IFS='|' read -ra candidates <<<"$wanted" ;;
    file | key | dir | FILE) compopt -o default 2>/dev/null ;;
  esac
  _ipvsadm_reply
}

# Sets `wanted` to the argument of the option $1.
_ipvsadm_fleet_take() {
  local name letter long argument
  while read -r name letter long argument; do
    [[ $name == any || $name && $name == "$command" ]] || continue
    [[ $1 == "--$long" || $letter != - && $1 == "-$letter" ]] || continue
    [[ $argument == - ]] || wanted=$argument
    return
  done <<<"$_ipvsadm_fleet_options"
}

# Prints the arguments of the command $1.
_ipvsadm_fleet_arguments() {
  local name arguments
  while read -r name arguments; do
    [[ $name != "$1" ]] || echo "$arguments"
  done <<<"$_ipvsadm_fleet_commands"
}

# Offers the options of the command, and those of all commands.
_ipvsadm_fleet_offer_options() {
  local name letter long argument
  while read -r name letter long argument; do
    [[ $name == any || $name && $name == "$command" ]] || continue
    _ipvsadm_offer_spelling "$letter" "$long"
  done <<<"$_ipvsadm_fleet_options"
}

complete -F _ipvsadm ipvsadm
complete -f -W '-n --all --only --except' ipvsadm-save
complete -f -W "$_ipvsadm_restore_options" ipvsadm-restore
complete -F _ipvsadm_fleet ipvsadm-fleet
