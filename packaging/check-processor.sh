# The runtime in the executable needs a processor with x86-64-v2, from about 2009 on.
if [ -r /proc/cpuinfo ]; then
  flags=$(sed -n '/^flags[[:blank:]]*:/{s/.*://p;q}' /proc/cpuinfo)
  for flag in ssse3 sse4_1 sse4_2 popcnt; do
    case " $flags " in
      *" $flag "*) ;;
      *)
        echo "ipvsadm-ts cannot run on this processor, which has no $flag, and is not installed." >&2
        exit 1
        ;;
    esac
  done
fi
